// Which address and which token a run uses, through the ports: a real store, and a real OAuth server for a refresh.
import { expect, test } from 'vitest';
import type { EnvironmentTokenUse } from '../../../src/core/authorization/environment-token.js';
import { lastsFor } from '../../../src/core/invocation/access.js';
import { Secret } from '../../../src/secret.js';
import { refused } from '../oauth-server.js';
import { NOW, serviceAt } from '../workbench.js';
import { AccessBench, HOUR } from './access-bench.js';

const used: EnvironmentTokenUse = { kind: 'used', token: new Secret('of-the-pipeline'), isBound: true };

test('an open service needs no token, and a stored one is not sent', async () => {
  await using at = await AccessBench.start({}, { oauth: null, form: 'open' });
  await at.store({});
  expect(await at.access()).toMatchObject({ url: at.service.resourceUrl, token: null, source: null });
});

test('without a token: what to type, or why that of the environment is not for the service', async () => {
  await using at = await AccessBench.start();
  await expect(at.access()).rejects.toMatchObject({ code: 'not-authorized' });
  const environmentToken = { kind: 'unused', why: 'it is for another service' } as const;
  await expect(at.access({ environmentToken })).rejects.toMatchObject({
    code: 'not-authorized',
    message: expect.stringContaining('it is for another service'),
  });
});

test('a service that is known only by its address may need none', async () => {
  await using at = await AccessBench.start({}, { oauth: null, form: 'address' });
  expect(await at.access()).toMatchObject({ token: null, source: null });
});

test('the token of the environment wins over the store, which is not refreshed', async () => {
  await using at = await AccessBench.start();
  await at.store({ expiresAt: NOW - HOUR, refreshToken: new Secret('refresh-token-1') });
  const access = await at.access({ environmentToken: used });
  expect(access).toMatchObject({ source: 'environment', sendAs: 'Authorization', expiresAt: null });
  expect(access.token?.reveal()).toBe('of-the-pipeline');
  expect(at.server.callsTo('token')).toEqual([]);
});

test('a stored token that lasts is used as it is, with its address and its header', async () => {
  await using at = await AccessBench.start();
  const resourceUrl = `${at.server.origin}/runs/7`;
  await at.store({ expiresAt: NOW + HOUR, resourceUrl, sendAs: 'Token' });
  const access = await at.access();
  expect(access).toMatchObject({ url: resourceUrl, sendAs: 'Token', expiresAt: NOW + HOUR });
  expect(access.token?.reveal()).toBe('stored-token-1');
  expect(at.bench.lines).toEqual([]);
});

test('an address at another host is used with a warning that names both', async () => {
  await using at = await AccessBench.start();
  await at.store({ resourceUrl: 'https://runs.example/7' });
  expect((await at.access()).url).toBe('https://runs.example/7');
  expect(at.bench.lines).toContainEqual(
    `warn: the token of check belongs to runs.example, not to ${new URL(at.server.origin).host}; posting there`,
  );
});

test('a token that ends before the model is sent is refreshed first', async () => {
  await using at = await AccessBench.start();
  await at.store({ expiresAt: NOW + 5000, refreshToken: new Secret('refresh-token-1') });
  const access = await at.access();
  expect(access.token?.reveal()).toBe('access-1');
  expect(access.expiresAt).toBe(NOW + HOUR);
  expect(lastsFor(access, 1000, NOW)).toBe(true);
  expect(lastsFor(access, 1000, NOW + HOUR)).toBe(false);
  expect(lastsFor({ expiresAt: null }, null, NOW)).toBe(true);
});

test('a token that ended and cannot be refreshed is an error before the model is opened', async () => {
  await using at = await AccessBench.start({ token: [refused('invalid_grant')] });
  await at.store({ expiresAt: NOW - HOUR });
  await expect(at.access()).rejects.toMatchObject({ code: 'token-expired' });
  expect(at.server.callsTo('token')).toEqual([]);
});

test('a stored token that no header can carry is named, and not sent', async () => {
  await using at = await AccessBench.start();
  await at.store({ accessToken: new Secret('two words') });
  await expect(at.access()).rejects.toMatchObject({ code: 'store-damaged' });
});

test.each(['http://other.example/run', 'https://user:password@other.example/run', 'ftp://other.example/run'])(
  'a token that was issued for %s is not sent there',
  async (resourceUrl) => {
    await using at = await AccessBench.start();
    await at.store({ resourceUrl });
    await expect(at.access()).rejects.toMatchObject({ code: 'unsafe-address' });
  },
);

test.each(['http://127.0.0.1:8080/run', 'http://169.254.169.254/latest', 'https://10.0.0.7/run'])(
  'a token that a server in the world issued for %s is not sent there',
  async (resourceUrl) => {
    await using at = await AccessBench.start({}, serviceAt('https://bim.example'));
    await at.store({ resourceUrl });
    await expect(at.access({ insecure: true })).rejects.toMatchObject({
      code: 'unsafe-address',
      message: expect.stringContaining('a server on another machine'),
    });
  },
);
