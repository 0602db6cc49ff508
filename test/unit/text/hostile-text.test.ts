// Text that others wrote to keep a program busy: a megabyte of it is read in a moment.
import { expect, test } from 'vitest';
import { normalizeSchemaName } from '../../../src/protocol/content/schema-names.js';
import { reasonText } from '../../../src/protocol/invocation/failure-text.js';
import { safeFileName } from '../../../src/protocol/invocation/result-name.js';
import { metadataAddresses } from '../../../src/protocol/oauth/server-metadata.js';
import { showAddress } from '../../../src/protocol/repository/addresses.js';
import { readRepository } from '../../../src/protocol/repository/repository.js';
import { slug } from '../../../src/protocol/repository/service-id.js';
import { parseJsonText } from '../../../src/protocol/text/json5-text.js';
import { unwrapped } from '../../../src/protocol/text/unwrap.js';

const MANY = 1_000_000;
const rules = { source: 'list', location: 'list', strict: false, insecure: false, baseUrl: null };

/** Far more than linear work takes on a busy machine; quadratic work takes hours. */
const LIMIT_MS = 30_000;

test.each<[string, () => unknown]>([
  [
    'slashes in a comment that never ends',
    () => ignore(() => parseJsonText(`{a:1 ${'/*'.repeat(MANY / 2)}`, 'x')),
  ],
  ['quotes that never end', () => ignore(() => parseJsonText(`[${"'\\'".repeat(MANY / 3)}`, 'x'))],
  ['a key that never ends', () => ignore(() => parseJsonText(`{${'a '.repeat(MANY / 2)}`, 'x'))],
  ['commas and blanks', () => ignore(() => parseJsonText(`[1${', '.repeat(MANY / 2)}`, 'x'))],
  ['titles in a page', () => ignore(() => parseJsonText('<title'.repeat(MANY / 6), 'x'))],
  ['at signs in an address', () => showAddress(`https://${'@'.repeat(MANY)}`)],
  ['slashes in an address', () => showAddress('/'.repeat(MANY))],
  ['quotes in a schema name', () => normalizeSchemaName(`a${'"'.repeat(MANY)}a`)],
  ['slashes in a schema name', () => normalizeSchemaName(`https://a${'/'.repeat(MANY)}a`)],
  ['slashes in an issuer', () => metadataAddresses(`https://a.example${'/'.repeat(MANY)}a`)],
  ['hyphens in a name', () => slug(`a${'-'.repeat(MANY)}a`)],
  ['scripts in an error page', () => reasonText('<script'.repeat(MANY / 7))],
  ['dots and blanks in a file name', () => safeFileName(`${'. '.repeat(MANY / 2)}x`)],
  ['blanks and dots in a file name', () => safeFileName(`${' .'.repeat(MANY / 2)}x${' '.repeat(MANY)}x`)],
  ['quotes around a token', () => unwrapped(`a${'"'.repeat(MANY)}a`)],
])('%s: read in a moment', (_, work) => {
  const began = performance.now();
  work();
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
});

test('JSON5 features are found in one pass, each with its line', () => {
  const text = `{ // list\n  name: 'A "b" \\' c',\n  "x": [1, 2,\n  /* more */ ],\n}`;
  const { warnings } = parseJsonText(text, 'list');
  expect(warnings).toEqual([
    'list is JSON5, not JSON: a comment (line 1), a key without quotes (line 2), a string in single quotes (line 2), a trailing comma (line 3)',
  ]);
});

test.each(['services', 'active'])('130,000 %s end in words', (member) => {
  const entries = Array.from({ length: 130_000 }, () => ({}));
  expect(() => readRepository({ [member]: entries }, rules)).toThrow(/130000 .* at most 100000/);
});

test('entries with one name may be nested deep', () => {
  const deep = (): unknown => JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
  const entry = () => ({ name: 'A', resourceUrl: 'https://a.example', more: deep() });
  const { services } = readRepository([entry(), entry()], rules);
  expect(services).toHaveLength(2);
});

test('far more bad entries than a call takes arguments are warnings', () => {
  const count = 40_000;
  const { services, warnings } = readRepository(
    Array.from({ length: count }, () => ({})),
    rules,
  );
  expect({ services, warnings: warnings.length }).toEqual({ services: [], warnings: count });
});

test.each<[string, object]>([
  ['a name', { name: 'n'.repeat(201), resourceUrl: 'https://a.example' }],
  ['an address', { name: 'A', resourceUrl: `https://a.example/${'a'.repeat(8192)}` }],
  ['a schema name', { name: 'A', resourceUrl: 'https://a.example', inputs: ['x'.repeat(201)] }],
  [
    'the name of a form field',
    { name: 'A', resourceUrl: 'https://a.example', upload: 'multipart', modelField: 'a=@/home/u/id_rsa' },
  ],
])('%s beyond its limit leaves the entry out', (_, entry) => {
  const { services, warnings } = readRepository([entry], rules);
  expect(services).toEqual([]);
  expect(warnings[0]).toContain('left out');
});

function ignore(work: () => unknown): void {
  try {
    work();
  } catch {
    // The text is refused, and this is about the time that takes.
  }
}
