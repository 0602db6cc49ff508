// A script makes docs/interoperability.md. After a renamed or new group of tests this test fails until the script is run again.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { READ_ONLY } from '../support/read-only-peers.js';

const root = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = text('docs/interoperability.md');
const [tested = '', readOnly = ''] = page.split('## Only read');
const cells = (row: string) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
const rows = tested
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map(cells);
const files = [
  ...readdirSync(new URL('test/dialects/', root)).map((name) => `test/dialects/${name}`),
  'test/serve/bimserver-client.test.ts',
  'test/serve/peers.test.ts',
];
const sources = files.map(text);
const all = [...sources, text('test/support/php.ts')].join('\n');

test('every row is a group of tests that is there, and passed', () => {
  expect(rows.length).toBeGreaterThan(10);
  for (const [, , ran = '?', result = ''] of rows) {
    expect(all).toContain(ran);
    expect(result).toMatch(/^[1-9]\d* passed$/);
  }
});

test('every group of tests against a peer has its row: npm run interoperability', () => {
  const titles = sources
    .filter((source) => source.includes('against(') && !source.includes("ran: '"))
    .flatMap((source) => [...source.matchAll(/^describe\('([^']+)'/gm)].map(([, title = '']) => title));
  expect(titles.length).toBeGreaterThan(8);
  for (const title of titles) expect(rows.map(([, , ran]) => ran)).toContain(title);
});

test('what was only read is marked as such', () => {
  for (const { name } of READ_ONLY) expect(readOnly).toContain(name);
});
