import { expect, test } from 'vitest';
import { rebased, rebaseOf } from '../../src/protocol/repository/base-url.js';

/** The four addresses of an entry, as BIMserver makes them from its site address. */
const site = (address: string) => [
  `${address}/services`,
  `${address}/oauth/register`,
  `${address}/oauth/authorize`,
  `${address}/oauth/access`,
];

test.each([
  // What the list says, --base-url, what resourceUrl becomes.
  [site('http://localhost:8080'), 'https://bim.example', 'https://bim.example/services'],
  [site('http://localhost:8080'), 'https://bim.example:8443/', 'https://bim.example:8443/services'],
  [site('http://localhost:8080'), 'https://bim.example/bim/', 'https://bim.example/bim/services'],
  // An origin alone keeps the paths; a path replaces the part that they share.
  [site('http://inner/bimserver'), 'https://bim.example', 'https://bim.example/bimserver/services'],
  [site('http://inner/bimserver'), 'https://bim.example/x', 'https://bim.example/x/services'],
  // One address shares nothing with others.
  [['http://localhost:5050/check/door'], 'https://bim.example/x', 'https://bim.example/x/check/door'],
])('%j with %s', (addresses, base, resourceUrl) => {
  const rebase = rebaseOf(addresses, new URL(base)) ?? undefined;
  expect(rebased(addresses[0] ?? '', rebase)).toBe(resourceUrl);
});

test('addresses of other origins are not the site', () => {
  const rebase = rebaseOf(
    ['http://inner/run', 'https://login.example/token'],
    new URL('https://bim.example'),
  );
  expect(rebased('https://login.example/token', rebase ?? undefined)).toBe('https://login.example/token');
});

test.each([
  ['http://inner:8080/services/12?x=1', 'https://bim.example/services/12?x=1'],
  ['ws://inner:8080/stream', 'wss://bim.example/stream'],
  ['http://inner:80801/services', 'http://inner:80801/services'],
  ['http://inner:8080.evil.example/', 'http://inner:8080.evil.example/'],
  ['nonsense', 'nonsense'],
])('addresses that the server sends later: %s -> %s', (address, right) => {
  const rebase = rebaseOf(site('http://inner:8080'), new URL('https://bim.example'));
  expect(rebased(address, rebase ?? undefined)).toBe(right);
});

test('without an address there is nothing to replace', () => {
  expect(rebaseOf(['nonsense'], new URL('https://bim.example'))).toBeNull();
});
