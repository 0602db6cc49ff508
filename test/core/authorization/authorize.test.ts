// A login in the browser through its ports: a real listener, a browser double on real sockets, a real store.
import { expect, test } from 'vitest';
import { type AuthorizeInput, authorize } from '../../../src/core/authorization/authorize.js';
import { BimServiceError } from '../../../src/errors.js';
import { Person } from '../../support/browser-double.js';
import { jsonResponse } from '../../support/json.js';
import { header } from '../../support/strict-server.js';
import { formOf, type OAuthPlans, refused, startOAuthServer, TOKEN } from '../oauth-server.js';
import { NOW, serviceAt, Workbench } from '../workbench.js';

async function setUp(plans: OAuthPlans = {}) {
  const server = await startOAuthServer(plans);
  const bench = await Workbench.create();
  const service = serviceAt(server.origin);
  const input: AuthorizeInput = { service, client: {}, port: null, waitMs: 30_000 };
  return {
    server,
    bench,
    service,
    input,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('registers, has the person consent, trades the code with PKCE, and stores the token', async () => {
  await using at = await setUp();
  await using person = new Person();
  const token = await authorize(at.input, at.bench.with(person), at.bench.signal);
  expect(token).toMatchObject({ clientId: 'client-1', expiresAt: NOW + 3_600_000 });
  expect(await at.bench.ports.store.readToken(at.service)).toEqual(token);
  const opened = new URL(person.opened[0] ?? '').searchParams;
  expect(opened.get('code_challenge_method')).toBe('S256');
  const form = formOf(at.server.callsTo('token')[0]);
  expect(form.get('redirect_uri')).toBe(opened.get('redirect_uri'));
  expect(form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  expect((await person.visit()).status).toBe(200);
});

test('a client that the server no longer knows is registered again, once, and the person consents again', async () => {
  await using at = await setUp({ token: [TOKEN, refused('invalid_client', 401), TOKEN] });
  await using first = new Person();
  await authorize(at.input, at.bench.with(first), at.bench.signal);
  await using second = new Person({ opens: 2 });
  const token = await authorize(at.input, at.bench.with(second), at.bench.signal);
  expect(token.clientId).toBe('client-2');
  expect(at.bench.lines.join('\n')).toContain('no longer knows this installation');
  const clients = await at.bench.ports.store.readRegistrations(at.service.oauth ?? never());
  expect(clients.map(({ clientId, doubtful }) => [clientId, doubtful])).toEqual([
    ['client-2', undefined],
    ['client-1', true],
  ]);
});

test('a client that its server does not know right after the registration is not registered a second time', async () => {
  await using at = await setUp({ token: [refused('invalid_client', 401)] });
  await using person = new Person();
  await expect(authorize(at.input, at.bench.with(person), at.bench.signal)).rejects.toMatchObject({
    code: 'token-refused',
  });
  expect(at.server.callsTo('register')).toHaveLength(1);
  expect(person.opened).toHaveLength(1);
});

test('the address in the token response counts more than the one in the callback', async () => {
  const resource_url = 'https://bim.example/of-the-token';
  await using at = await setUp({ token: [jsonResponse(200, { access_token: 'access-1', resource_url })] });
  const pasted = 'http://127.0.0.1:1/cb?code=x&serviceaddress=https://bim.example/of-the-callback';
  const ports = { ...at.bench.ports, askPasted: async () => pasted };
  expect(await authorize(at.input, ports, at.bench.signal)).toMatchObject({ resourceUrl: resource_url });
});

test('a login whose token cannot be stored fails, and says so', async () => {
  await using at = await setUp();
  const writeToken = () => Promise.reject(new BimServiceError('store-not-writable', 'the disk is full'));
  const ports = {
    ...at.bench.ports,
    store: { ...at.bench.ports.store, writeToken },
    askPasted: async () => 'a-pasted-code',
  };
  await expect(authorize(at.input, ports, at.bench.signal)).rejects.toMatchObject({
    code: 'store-not-writable',
    message: expect.stringContaining('the new token of check is not stored'),
  });
});

test('a server that fails with invalid_client in its body is not taken at its word', async () => {
  await using at = await setUp({ token: [TOKEN, refused('invalid_client', 503)] });
  await using first = new Person();
  await authorize(at.input, at.bench.with(first), at.bench.signal);
  await using second = new Person();
  await expect(authorize(at.input, at.bench.with(second), at.bench.signal)).rejects.toMatchObject({
    code: 'service-failed',
  });
  expect(at.server.callsTo('register')).toHaveLength(1);
  const stored = await at.bench.ports.store.readRegistration(at.service.oauth ?? never());
  expect(stored?.doubtful).toBeUndefined();
});

test('a pasted code is traded like one that came back by itself', async () => {
  await using at = await setUp();
  const ports = { ...at.bench.ports, askPasted: async () => 'a-pasted-code' };
  await authorize(at.input, ports, at.bench.signal);
  expect(formOf(at.server.callsTo('token')[0]).get('code')).toBe('a-pasted-code');
});

test.each([
  ['an address of another login', 'http://127.0.0.1:1/cb?code=x&state=other', 'another login'],
  ['an address with two codes', 'http://127.0.0.1:1/cb?code=x&code=y', 'more than once'],
  ['no code at all', 'https://bim.example/', 'neither a code nor an error'],
  ['a code of another server', 'http://127.0.0.1:1/cb?code=x&iss=https://evil.example', 'evil.example'],
  ['a denial', 'http://127.0.0.1:1/cb?error=access_denied', 'access_denied'],
])('%s is refused with words, and no token is asked for', async (_, pasted, words) => {
  await using at = await setUp();
  const ports = { ...at.bench.ports, askPasted: async () => pasted };
  const refusal = authorize(at.input, ports, at.bench.signal);
  await expect(refusal).rejects.toMatchObject({
    code: 'access-denied',
    message: expect.stringContaining(words),
  });
  expect(at.server.callsTo('token')).toHaveLength(0);
});

test('the token of the SHOW_CODE page is bound to the client of the login', async () => {
  await using at = await setUp();
  const ports = { ...at.bench.ports, askPasted: async () => `shown-token ${at.server.origin}/services/7` };
  const token = await authorize(at.input, ports, at.bench.signal);
  expect(token).toMatchObject({ clientId: 'client-1', resourceUrl: `${at.server.origin}/services/7` });
});

test('no consent within the time: the registration of an earlier login is doubtful, a new one is not', async () => {
  await using at = await setUp();
  const endpoints = at.service.oauth ?? never();
  const soon = { ...at.input, waitMs: 50 };
  const clients = async () =>
    (await at.bench.ports.store.readRegistrations(endpoints)).map(({ clientId, doubtful }) => [
      clientId,
      doubtful,
    ]);
  await expect(authorize(soon, at.bench.ports, at.bench.signal)).rejects.toMatchObject({
    code: 'consent-timeout',
  });
  expect(await clients()).toEqual([['client-1', undefined]]);
  await expect(authorize(soon, at.bench.ports, at.bench.signal)).rejects.toMatchObject({
    code: 'consent-timeout',
  });
  expect(await clients()).toEqual([['client-1', true]]);
  await using person = new Person();
  expect((await authorize(at.input, at.bench.with(person), at.bench.signal)).clientId).toBe('client-2');
});

test.each([
  ['415', jsonResponse(415, { error: 'unsupported' })],
  ['401 invalid_request', refused('invalid_request', 401)],
  ['401 invalid_client', refused('invalid_client', 401)],
  ['200 with an error', jsonResponse(200, { error: 'invalid_request' })],
])(
  'a server that reads forms only and responds %s to JSON gets the form, and is asked in it the next time',
  async (_, response) => {
    await using at = await setUp({ token: [response, TOKEN] });
    const input = { ...at.input, service: serviceAt(at.server.origin, { form: 'flat' }) };
    for (const _login of [1, 2]) {
      await using person = new Person();
      await authorize(input, at.bench.with(person), at.bench.signal);
    }
    const form = 'application/x-www-form-urlencoded';
    const types = at.server.callsTo('token').map((seen) => header(seen, 'content-type'));
    expect(types).toEqual(['application/json', form, form]);
    expect(at.server.callsTo('register')).toHaveLength(1);
  },
);

function never(): never {
  throw new Error('not expected here');
}
