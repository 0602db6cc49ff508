// Which services get the token of the environment: a list can name any address, so the origin and the path must be right.
import { expect, test } from 'vitest';
import {
  environmentTokenFor,
  readEnvironmentToken,
  type TokenTarget,
} from '../../../src/core/authorization/environment-token.js';
import { serviceAt } from '../workbench.js';

const target = (resourceUrl: string, more: Partial<TokenTarget> = {}): TokenTarget => ({
  ...serviceAt('https://bim.example', { resourceUrl }),
  isNamed: true,
  ...more,
});

function isUsed(boundTo: string | undefined, service: TokenTarget): boolean {
  const token = readEnvironmentToken('of-the-pipeline', boundTo);
  if (token === null) throw new Error('no token');
  return environmentTokenFor(service, token).kind === 'used';
}

test.each([
  ['https://bim.example', 'https://bim.example/services/7', true],
  ['https://bim.example/', 'https://bim.example/run', true],
  ['https://bim.example/run', 'https://bim.example/run', true],
  ['https://bim.example/run/', 'https://bim.example/run', true],
  ['https://bim.example/services/7', 'https://bim.example/services', true],
  ['https://bim.example/services-of-another/7', 'https://bim.example/services', false],
  ['https://bim.example/run', 'https://bim.example/run/7', false],
  ['https://bim.example/run', 'https://bim.example/other', false],
  ['https://bim.example', 'https://bim.example.evil.example/run', false],
  ['https://bim.example', 'https://bim.example:8443/run', false],
  ['https://bim.example', 'http://bim.example/run', false],
])('a token for %s is sent to %s: %s', (boundTo, resourceUrl, used) => {
  expect(isUsed(boundTo, target(resourceUrl))).toBe(used);
  // The operator has bound it, so it does not matter who named the list.
  expect(isUsed(boundTo, target(resourceUrl, { isNamed: false }))).toBe(used);
});

test('a token that is bound to nothing goes only to services of a list that the operator named', () => {
  const resourceUrl = 'https://bim.example/run';
  expect(isUsed(undefined, target(resourceUrl))).toBe(true);
  expect(isUsed(undefined, target(resourceUrl, { isNamed: false }))).toBe(false);
});

test('an open service never gets it', () => {
  const open = target('https://bim.example/run', { oauth: null, form: 'open' });
  expect(isUsed(undefined, open)).toBe(false);
  expect(isUsed('https://bim.example', open)).toBe(false);
});

test.each([
  ['two words', undefined],
  ['a\nb', undefined],
  ['größe', undefined],
  ['token-of-a-pipeline', 'ftp://bim.example'],
  ['token-of-a-pipeline', 'bim.example'],
])('the token %j for %j is refused', (token, boundTo) => {
  expect(() => readEnvironmentToken(token, boundTo)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test.each([undefined, '', ' ', '""'])('%j is no token', (token) => {
  expect(readEnvironmentToken(token, 'https://bim.example')).toBe(null);
});
