// The device authorization grant (RFC 8628) through its ports: what is asked, when, and what is stored.
import { expect, test } from 'vitest';
import { authorizeDevice } from '../../../src/core/authorization/authorize-device.js';
import { register } from '../../../src/core/authorization/register.js';
import { jsonResponse } from '../../support/json.js';
import { DEVICE, formOf, type OAuthPlans, refused, startOAuthServer, TOKEN } from '../oauth-server.js';
import { NOW, serviceAt, Workbench } from '../workbench.js';

const PENDING = refused('authorization_pending');
const MINUTE = 60_000;

async function login(plans: OAuthPlans, { waitMs = 10 * MINUTE, more = {} } = {}) {
  const server = await startOAuthServer(plans);
  const bench = await Workbench.create();
  const service = serviceAt(server.origin, more);
  const input = { service, client: {}, port: null, waitMs };
  return {
    server,
    bench,
    service,
    done: authorizeDevice(input, bench.ports, bench.signal),
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('the token is stored, bound to its client, with its end', async () => {
  await using at = await login({ token: [PENDING, PENDING, TOKEN] });
  const token = await at.done;
  expect(token).toMatchObject({ clientId: 'client-1', expiresAt: NOW + 3_000 + 3_600_000 });
  expect(await at.bench.ports.store.readToken(at.service)).toEqual(token);
  expect(at.bench.pauses).toEqual([1000, 1000, 1000]);
  const form = formOf(at.server.callsTo('token')[0]);
  expect(Object.fromEntries(form)).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'device-code-1',
    client_id: 'client-1',
    client_secret: 'secret-of-1',
  });
});

test('--base-url: the token belongs to the site that the person named, not to the one that the server reports', async () => {
  const resource_url = 'http://inner:8080/services/7';
  const rebase = { from: 'http://inner:8080', to: 'https://bim.example' };
  const token = jsonResponse(200, { access_token: 'access-1', token_type: 'bearer', resource_url });
  await using at = await login({ token: [token] }, { more: { rebase } });
  await at.done;
  const stored = await at.bench.ports.store.readToken(at.service);
  expect(stored?.resourceUrl).toBe('https://bim.example/services/7');
});

test('each slow_down adds five seconds, for good', async () => {
  await using at = await login({
    token: [PENDING, refused('slow_down'), PENDING, refused('slow_down'), TOKEN],
  });
  await at.done;
  expect(at.bench.pauses).toEqual([1000, 1000, 6000, 6000, 11_000]);
});

test.each([
  ['the server names no pause', { interval: undefined }, 5000],
  ['the server asks for none', { interval: 0 }, 1000],
  ['the pause is text', { interval: '3' }, 3000],
])('%s', async (_, more, pauseMs) => {
  await using at = await login({ device: [DEVICE('http://127.0.0.1:9', more)] });
  await at.done;
  expect(at.bench.pauses).toEqual([pauseMs]);
});

test('the shorter of --wait and the lifetime of the code ends it', async () => {
  await using byPerson = await login({ token: [PENDING] }, { waitMs: 3500 });
  await expect(byPerson.done).rejects.toMatchObject({ code: 'consent-timeout' });
  expect(byPerson.bench.pauses).toHaveLength(3);
  await using byServer = await login({
    token: [PENDING],
    device: [DEVICE('http://127.0.0.1:9', { expires_in: 2 })],
  });
  await expect(byServer.done).rejects.toMatchObject({ code: 'consent-timeout' });
  expect(byServer.bench.pauses).toHaveLength(2);
});

test('a lifetime of zero is one that the server does not know: --wait alone counts', async () => {
  await using at = await login({
    token: [PENDING, TOKEN],
    device: [DEVICE('http://127.0.0.1:9', { expires_in: 0 })],
  });
  await expect(at.done).resolves.toMatchObject({ clientId: 'client-1' });
});

test.each([
  ['expired_token', 'consent-timeout'],
  ['access_denied', 'access-denied'],
  ['invalid_grant', 'token-refused'],
])('%s ends it with %s, and nothing is stored', async (error, code) => {
  await using at = await login({ token: [PENDING, refused(error)] });
  await expect(at.done).rejects.toMatchObject({ code });
  expect(await at.bench.ports.store.readToken(at.service)).toBeNull();
});

test('a client that may not use this grant is registered again, once, with the grant named', async () => {
  await using server = await startOAuthServer({
    device: [refused('unauthorized_client'), DEVICE('http://127.0.0.1:9')],
  });
  await using bench = await Workbench.create();
  const input = { service: serviceAt(server.origin), client: {}, port: null, waitMs: MINUTE };
  await register({ ...input, force: false }, bench.ports, bench.signal);
  await expect(authorizeDevice(input, bench.ports, bench.signal)).resolves.toMatchObject({
    clientId: 'client-2',
  });
  const registered = server.callsTo('register').map(({ body }) => JSON.parse(String(body)));
  expect(registered).toHaveLength(2);
  expect(registered[1].grant_types).toContain('urn:ietf:params:oauth:grant-type:device_code');
});

test('a network that is away for a while doubles the pause and does not end the login', async () => {
  await using at = await login({ token: [TOKEN] });
  await at.done;
  const { http } = at.bench.ports;
  let failures = 2;
  const ports = {
    ...at.bench.ports,
    http: {
      ...http,
      request: (async (request, signal) => {
        const isPoll = request.url.endsWith('/token') && failures > 0;
        if (isPoll) failures -= 1;
        // A port at which no one listens: the real error of the real client.
        return http.request(isPoll ? { ...request, url: 'http://127.0.0.1:1/token' } : request, signal);
      }) satisfies typeof http.request,
    },
  };
  at.bench.pauses.length = 0;
  const input = { service: at.service, client: {}, port: null, waitMs: MINUTE };
  await expect(authorizeDevice(input, ports, at.bench.signal)).resolves.toMatchObject({
    clientId: 'client-1',
  });
  expect(at.bench.pauses).toEqual([1000, 2000, 4000]);
});

test('Ctrl-C ends it with its own reason', async () => {
  const server = await startOAuthServer({ token: [PENDING] });
  await using _ = server;
  await using bench = await Workbench.create();
  const reason = new Error('interrupted');
  const ports = {
    ...bench.ports,
    timer: {
      sleep: async (ms: number, signal: AbortSignal) => {
        bench.stop.abort(reason);
        await bench.ports.timer.sleep(ms, signal);
      },
    },
  };
  const input = { service: serviceAt(server.origin), client: {}, port: null, waitMs: MINUTE };
  await expect(authorizeDevice(input, ports, bench.signal)).rejects.toBe(reason);
});

test('a server without the grant says how else to do it', async () => {
  await using at = await login({ metadata: { device_authorization_endpoint: undefined } });
  await expect(at.done).rejects.toMatchObject({
    code: 'service-refused',
    hint: expect.stringContaining('--paste'),
  });
});

test.each([
  ['no JSON', { status: 200, body: 'hello' }, 'service-nonsense'],
  ['a failure', { status: 503, body: '' }, 'service-failed'],
  ['no code', DEVICE('http://127.0.0.1:9', { device_code: undefined }), 'service-nonsense'],
])('a response that is not the one of RFC 8628: %s', async (_, device, code) => {
  await using at = await login({ device: [device] });
  await expect(at.done).rejects.toMatchObject({ code });
});
