// A refresh spends its refresh token: once among all runs, never where the new token cannot be kept, and never twice.
import { expect, test } from 'vitest';
import { lifetimeNeeded, refreshAccessToken } from '../../../src/core/authorization/fresh-token.js';
import type { AccessToken } from '../../../src/core/ports/credentials.js';
import { BimServiceError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { AccessBench, HOUR } from '../invocation/access-bench.js';
import { refused, TOKEN } from '../oauth-server.js';
import { NOW } from '../workbench.js';

const REFRESH = { refreshToken: new Secret('refresh-token-1') };

async function stored(at: AccessBench): Promise<AccessToken> {
  const token = await at.bench.ports.store.readToken(at.service);
  if (token === null) throw new Error('no token');
  return token;
}

test('two runs that refresh one token at the same time send one request, and both have the new token', async () => {
  await using at = await AccessBench.start();
  await at.store(REFRESH);
  const token = await stored(at);
  const refresh = () => refreshAccessToken(at.service, token, at.bench.ports, at.bench.signal);
  const both = await Promise.all([refresh(), refresh()]);
  expect(both.map(({ accessToken }) => accessToken.reveal())).toEqual(['access-1', 'access-1']);
  expect(at.server.callsTo('token')).toHaveLength(1);
});

test('a refresh token is not spent where the store takes no new token', async () => {
  await using at = await AccessBench.start();
  await at.store(REFRESH);
  const full = new BimServiceError('store-not-writable', 'the disk is full');
  const store = { ...at.bench.ports.store, probe: () => Promise.reject(full) };
  const refresh = refreshAccessToken(
    at.service,
    await stored(at),
    { ...at.bench.ports, store },
    at.bench.signal,
  );
  await expect(refresh).rejects.toBe(full);
  expect(at.server.callsTo('token')).toEqual([]);
});

test('a refused refresh uses the token that another machine has stored in the meantime', async () => {
  await using at = await AccessBench.start({ token: [refused('invalid_grant')] });
  await at.store(REFRESH);
  const token = await stored(at);
  const { http, store } = at.bench.ports;
  const request: typeof http.request = async (...sent) => {
    const response = await http.request(...sent);
    await store.writeToken(at.service, { ...token, accessToken: new Secret('token-of-another') });
    return response;
  };
  const ports = { ...at.bench.ports, http: { ...http, request } };
  const newer = await refreshAccessToken(at.service, token, ports, at.bench.signal);
  expect(newer.accessToken.reveal()).toBe('token-of-another');
  expect((await stored(at)).refreshRefused).toBeUndefined();
});

test('a token that cannot be refreshed in advance is used while it is valid, and not after', async () => {
  await using at = await AccessBench.start({ token: [refused('invalid_request', 401)] });
  await at.store({ ...REFRESH, expiresAt: NOW + 5000 });
  expect((await at.access()).token?.reveal()).toBe('stored-token-1');
  expect(at.bench.lines.join('\n')).toContain('could not be refreshed in advance');
  await at.store({ ...REFRESH, expiresAt: NOW - HOUR });
  await expect(at.access()).rejects.toMatchObject({ code: 'token-refused' });
});

test('Ctrl-C during a refresh in advance ends the run', async () => {
  await using at = await AccessBench.start();
  await at.store({ ...REFRESH, expiresAt: NOW + 5000 });
  at.bench.stop.abort(new Error('interrupted'));
  await expect(at.access()).rejects.toThrow('interrupted');
});

test('the lifetime covers the upload of a large model', () => {
  expect(lifetimeNeeded(null)).toBe(60_000);
  expect(lifetimeNeeded(1024 ** 3)).toBe(60_000 + 1_024_000);
});

test('what the server announced with the first token stays after a refresh', async () => {
  await using at = await AccessBench.start({ token: [TOKEN] });
  const announced = {
    resourceUrl: `${at.server.origin}/runs/7`,
    websocketUrl: `${at.server.origin}/stream`,
    sendAs: 'Token',
  } as const;
  await at.store({ ...REFRESH, ...announced });
  const token = await refreshAccessToken(at.service, await stored(at), at.bench.ports, at.bench.signal);
  expect(token).toMatchObject({ ...announced, ...REFRESH });
  expect(token.accessToken.reveal()).toBe('access-1');
});

test('the new token of a refresh is used by this run, also where it cannot be stored', async () => {
  await using at = await AccessBench.start();
  await at.store(REFRESH);
  const writeToken = () => Promise.reject(new BimServiceError('store-not-writable', 'the disk is full'));
  const ports = { ...at.bench.ports, store: { ...at.bench.ports.store, writeToken } };
  const token = await refreshAccessToken(at.service, await stored(at), ports, at.bench.signal);
  expect(token.accessToken.reveal()).toBe('access-1');
  expect(at.bench.lines.join('\n')).toContain('is not stored: the disk is full; this run uses it');
});

test('a BIMserver is never asked to refresh a token', async () => {
  await using at = await AccessBench.start();
  await at.store({});
  const service = { ...at.service, resourceUrl: `${at.server.origin}/services` };
  await at.bench.ports.store.writeToken(service, { ...(await stored(at)), ...REFRESH });
  const older = { ...(await stored(at)), accessToken: new Secret('stored-token-1'), ...REFRESH };
  await expect(refreshAccessToken(service, older, at.bench.ports, at.bench.signal)).rejects.toMatchObject({
    code: 'token-expired',
    message: expect.stringContaining('BIMserver does not do that'),
  });
  expect(at.server.callsTo('token')).toEqual([]);
});
