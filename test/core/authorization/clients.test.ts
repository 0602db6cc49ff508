// A token knows its client: registrations that come later leave it alone, and it is refreshed with its own.
import { expect, test } from 'vitest';
import { authorize } from '../../../src/core/authorization/authorize.js';
import { refreshAccessToken } from '../../../src/core/authorization/fresh-token.js';
import { keepToken } from '../../../src/core/authorization/keep-token.js';
import { logOut } from '../../../src/core/authorization/log-out.js';
import { register } from '../../../src/core/authorization/register.js';
import {
  createCredentialStore,
  readRecords,
  recordsOf,
} from '../../../src/core/credentials/credential-store.js';
import { Secret } from '../../../src/secret.js';
import { Person } from '../../support/browser-double.js';
import { jsonResponse } from '../../support/json.js';
import { formOf, type OAuthPlans, refused, startOAuthServer } from '../oauth-server.js';
import { serviceAt, Workbench } from '../workbench.js';

const REFRESHED = jsonResponse(200, { access_token: 'access-2', token_type: 'bearer', expires_in: 3600 });

/** A service whose token was issued to the first client of its server. */
async function withToken(plans: OAuthPlans = {}) {
  const server = await startOAuthServer({ token: [REFRESHED], ...plans });
  const bench = await Workbench.create();
  const service = serviceAt(server.origin);
  const { ports, signal } = bench;
  const { registration } = await register({ service, client: {}, port: null, force: false }, ports, signal);
  const { clientId } = registration;
  const given = { accessToken: new Secret('access-1'), refreshToken: new Secret('refresh-1'), clientId };
  const token = await keepToken(service, given, ports);
  return {
    server,
    bench,
    service,
    token,
    ports,
    signal,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const clientOfRefresh = (at: { server: { callsTo(name: string): { body: Buffer }[] } }) => {
  const form = formOf(at.server.callsTo('token').at(-1));
  return [form.get('client_id'), form.get('client_secret')];
};

test('register --force: the token is still refreshed with the client that it was issued to', async () => {
  await using at = await withToken();
  const again = { service: at.service, client: {}, port: null, force: true };
  const { registration } = await register(again, at.ports, at.signal);
  expect(registration.clientId).toBe('client-2');
  const token = await refreshAccessToken(at.service, at.token, at.ports, at.signal);
  expect(token.clientId).toBe('client-1');
  expect(clientOfRefresh(at)).toEqual(['client-1', 'secret-of-1']);
  expect((await at.ports.store.readRegistration(at.service.oauth ?? never()))?.clientId).toBe('client-2');
});

test('a token of an older version names no client: it is the first that was registered', async () => {
  await using at = await withToken();
  const { clientId: _, ...older } = at.token;
  await at.ports.store.writeToken(at.service, older);
  await register({ service: at.service, client: {}, port: null, force: true }, at.ports, at.signal);
  await refreshAccessToken(at.service, older, at.ports, at.signal);
  expect(clientOfRefresh(at)).toEqual(['client-1', 'secret-of-1']);
});

test('a login while another waits registers once more, and the next ones use what is there', async () => {
  await using at = await withToken();
  const stop = new AbortController();
  const input = { service: at.service, client: {}, port: null, waitMs: 60_000 };
  const waiting = authorize(input, at.ports, stop.signal);
  await expect.poll(() => at.bench.lines.filter((line) => line.includes('/authorize?')).length).toBe(1);
  await using person = new Person();
  const other = serviceAt(at.server.origin, { id: 'other', resourceUrl: `${at.server.origin}/other` });
  const second = await authorize({ ...input, service: other }, at.bench.with(person), at.signal);
  expect(second.clientId).toBe('client-2');
  await using third = new Person();
  expect((await authorize({ ...input, service: other }, at.bench.with(third), at.signal)).clientId).toBe(
    'client-2',
  );
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  expect(at.server.callsTo('register')).toHaveLength(2);
  await refreshAccessToken(at.service, at.token, at.ports, at.signal);
  expect(clientOfRefresh(at)).toEqual(['client-1', 'secret-of-1']);
});

test('many first registrations at once make one client', async () => {
  await using server = await startOAuthServer();
  await using bench = await Workbench.create();
  const input = { service: serviceAt(server.origin), client: {}, port: null, force: false };
  const made = await Promise.all(Array.from({ length: 8 }, () => register(input, bench.ports, bench.signal)));
  expect(new Set(made.map(({ registration }) => registration.clientId))).toEqual(new Set(['client-1']));
  expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(server.callsTo('register')).toHaveLength(1);
});

test('a redirect address in the response that is not ours is reported with both', async () => {
  const theirs = 'https://elsewhere.example/callback';
  const response = jsonResponse(201, { client_id: 'c', redirect_uris: [theirs] });
  await using at = await withToken({ register: [response] });
  const warned = at.bench.lines.filter((line) => line.startsWith('warn:'));
  expect(warned).toHaveLength(1);
  expect(warned[0]).toContain(theirs);
  expect(warned[0]).toMatch(/not http:\/\/127\.0\.0\.1:\d+\/callback\//);
});

test.each([
  ['401 invalid_client', refused('invalid_client', 401), true],
  ['400 invalid_client', refused('invalid_client', 400), true],
  ['503 invalid_client', refused('invalid_client', 503), undefined],
  ['400 invalid_grant', refused('invalid_grant', 400), undefined],
])('%s at a refresh: the registration is doubtful afterwards: %s', async (_, response, doubtful) => {
  await using at = await withToken({ token: [response] });
  await expect(refreshAccessToken(at.service, at.token, at.ports, at.signal)).rejects.toThrow();
  const stored = await at.ports.store.readRegistration(at.service.oauth ?? never());
  expect(stored?.doubtful).toBe(doubtful);
  const token = await at.ports.store.readToken(at.service);
  expect(token?.refreshRefused).toBe(response.body?.toString().includes('invalid_grant') ? true : undefined);
  expect(token?.refreshToken?.reveal()).toBe('refresh-1');
});

test('a doubtful registration is not used by the next login, and good again after a success with it', async () => {
  await using at = await withToken({ token: [refused('invalid_client', 401), REFRESHED] });
  await expect(refreshAccessToken(at.service, at.token, at.ports, at.signal)).rejects.toThrow();
  await refreshAccessToken(at.service, at.token, at.ports, at.signal);
  expect((await at.ports.store.readRegistration(at.service.oauth ?? never()))?.doubtful).toBeUndefined();
});

test('an export carries the client of the token, and an import makes it refreshable elsewhere', async () => {
  await using at = await withToken();
  await register({ service: at.service, client: {}, port: null, force: true }, at.ports, at.signal);
  const { token, registration } = readRecords(at.service, await recordsOf(at.service, at.ports.store));
  expect([token?.clientId, registration?.clientId]).toEqual(['client-1', 'client-1']);
  await using elsewhere = await Workbench.create();
  if (token === null || registration === null) throw new Error('nothing was exported');
  await elsewhere.ports.store.writeRegistration(at.service.oauth ?? never(), registration);
  await keepToken(at.service, token, elsewhere.ports);
  await refreshAccessToken(at.service, token, elsewhere.ports, elsewhere.signal);
  expect(clientOfRefresh(at)).toEqual(['client-1', 'secret-of-1']);
});

test('a client that is gone cannot refresh: no other client is tried', async () => {
  await using at = await withToken();
  await at.ports.store.deleteRegistration(at.service.oauth ?? never());
  await register({ service: at.service, client: {}, port: null, force: false }, at.ports, at.signal);
  await expect(refreshAccessToken(at.service, at.token, at.ports, at.signal)).rejects.toMatchObject({
    code: 'token-expired',
  });
  expect(at.server.callsTo('token')).toHaveLength(0);
});

test('logout revokes with the client of the token, and --registration removes all clients', async () => {
  await using at = await withToken();
  await register({ service: at.service, client: {}, port: null, force: true }, at.ports, at.signal);
  const out = await logOut({ service: at.service, registration: true }, at.ports, at.signal);
  expect(out).toEqual({
    revocation: { revoked: true, supported: true, error: null },
    removed: { token: true, registration: true },
  });
  expect(Object.fromEntries(formOf(at.server.callsTo('revoke')[0]))).toEqual({
    token: 'refresh-1',
    token_type_hint: 'refresh_token',
    client_id: 'client-1',
    client_secret: 'secret-of-1',
  });
  expect(await at.ports.store.readRegistrations(at.service.oauth ?? never())).toEqual([]);
});

test('an earlier client in a record that cannot be read is left out, the current one counts', async () => {
  await using at = await withToken();
  const texts = new Map<string, string>();
  const records = {
    read: async (key: string) => texts.get(key) ?? null,
    write: async (key: string, text: string) => void texts.set(key, text),
  };
  const store = createCredentialStore({ ...unused, ...records }, () => {});
  const endpoints = at.service.oauth ?? never();
  const client = await at.ports.store.readRegistration(endpoints);
  if (client === null) throw new Error('no client');
  for (const clientId of ['a', 'b', 'c']) await store.writeRegistration(endpoints, { ...client, clientId });
  const [key = ''] = texts.keys();
  texts.set(key, (texts.get(key) ?? '').replace('"clientId": "b"', '"clientId": 7'));
  expect((await store.readRegistrations(endpoints)).map(({ clientId }) => clientId)).toEqual(['c', 'a']);
});

const unused = {
  kindOf: never,
  remove: never,
  keys: never,
  removeCopies: never,
  setAside: never,
  lock: never,
  probe: never,
};

function never(): never {
  throw new Error('not expected here');
}
