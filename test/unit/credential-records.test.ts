// Which service a stored token belongs to (CASES B064; PROTOCOL 1.5).
import { expect, test } from 'vitest';
import { registrationKey, tokenKey } from '../../src/core/credentials/credential-records.js';
import type { Service } from '../../src/protocol/repository/service.js';

const OAUTH = {
  registerUrl: 'https://bim.example/oauth/register',
  authorizationUrl: 'https://bim.example/oauth/authorize',
  tokenUrl: 'https://bim.example/oauth/access',
};

const service = (name: string, resourceUrl: string, oauth: Service['oauth'] = OAUTH): Service => ({
  id: name.toLowerCase(),
  name,
  description: '',
  provider: '',
  inputs: [],
  outputs: [],
  resourceUrl,
  oauth,
  form: 'nested',
  repository: '-',
});

test.each(['https://bim.example/services', 'https://bim.example/bim/services'])(
  'all services of a BIMserver share the address %s, and each has a token of its own',
  (address) => {
    expect(tokenKey(service('Echo', address))).not.toBe(tokenKey(service('Validator', address)));
    expect(tokenKey(service('Echo', address))).toBe(tokenKey(service('Echo', address)));
  },
);

test.each([
  'https://bim.example/services/7',
  'https://bim.example/services/clash.php',
  'https://bim.example/run',
])('elsewhere the address says which it is, whatever it is called: %s', (address) => {
  expect(tokenKey(service('Clash', address))).toBe(tokenKey(service('Clash check', address)));
});

test('another address of the four is another service', () => {
  const keys = Object.keys(OAUTH).map((name) =>
    tokenKey(service('Echo', 'https://bim.example/run', { ...OAUTH, [name]: 'https://evil.example/' })),
  );
  const right = tokenKey(service('Echo', 'https://bim.example/run'));
  expect(new Set([right, ...keys]).size).toBe(4);
});

test('a registration is the server’s: one for all its services', () => {
  expect(registrationKey(OAUTH)).toBe(registrationKey({ ...OAUTH }));
});
