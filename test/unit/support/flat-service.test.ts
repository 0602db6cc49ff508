// The PHP-like fake is strict about each step of the original form.

import { describe, expect, test } from 'vitest';
import { Person } from '../../support/browser-double.js';
import { pkcePair, startCallback } from '../../support/callback-double.js';
import { stepModel } from '../../support/fixtures.js';
import { FLAT_INPUT, FlatService, type FlatServiceOptions } from '../../support/flat-service.js';
import { readJsonObject } from '../../support/json.js';
import { postForm, postJson, rawRequest } from '../../support/raw-http.js';

const model = stepModel({ schema: 'IFC2X3' });
const registration = (redirectUrl: string) => ({
  type: 'push',
  client_name: 'self-test',
  client_url: 'http://127.0.0.1/',
  client_description: 'test',
  redirect_url: redirectUrl,
});

/** Registers, consents and returns what the token request needs. */
async function consented(service: FlatService, redirectUrl: string, query: Record<string, string> = {}) {
  const { registerUrl, authorizationUrl } = service.entry;
  const client = readJsonObject((await postJson(registerUrl, registration(redirectUrl))).text);
  const clientId = String(client?.client_id);
  await using person = new Person();
  const address = new URL(authorizationUrl);
  address.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    state: 's1',
    ...query,
  }).toString();
  await person.open(address.href);
  const visit = await person.visit();
  return { client, clientId, visit, secret: client?.client_secret };
}

test('the whole chain, in order, with PKCE', async () => {
  await using service = await FlatService.start();
  await using callback = await startCallback();
  service.server.expectCalls(['list', 'register', 'authorize', 'token', 'invoke']);
  expect(JSON.parse((await rawRequest(service.listUrl)).text)).toEqual([service.entry]);
  const { verifier, challenge } = pkcePair();
  const { client, clientId, secret } = await consented(service, callback.redirectUri, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  expect(Object.keys(client ?? {})).toEqual(['client_id', 'client_secret', 'issued_at', 'expires_in']);
  expect(client?.expires_in).toBeGreaterThan(Date.now());
  expect(callback.received[0]?.get('state')).toBe('s1');
  const code = callback.received[0]?.get('code');
  const response = await postJson(service.entry.tokenUrl, {
    grant_type: 'authorization_code',
    code,
    client_id: clientId,
    client_secret: secret,
    code_verifier: verifier,
  });
  const token = readJsonObject(response.text);
  expect(token).toEqual({ access_token: expect.stringMatching(/^[0-9a-f]{40}$/) });
  const result = await rawRequest(service.entry.resourceUrl, {
    headers: { Authorization: `Bearer ${String(token?.access_token)}`, 'Input-Type': FLAT_INPUT },
    body: model,
  });
  expect(result.status).toBe(200);
  expect(result.header('content-disposition')).toBe('attachment; filename="clashes.bcfzip"');
  expect(result.body.subarray(0, 2).toString()).toBe('PK');
  service.assertDone();
});

test('a wrapped list', async () => {
  await using service = await FlatService.start({ list: 'wrapped' });
  expect(JSON.parse((await rawRequest(service.listUrl)).text)).toEqual({ services: [service.entry] });
});

describe('register refuses', () => {
  const good = registration('http://127.0.0.1:4711/callback');
  test.each([
    ['a missing field', { ...good, client_url: undefined }, /without client_url/],
    ['an empty field', { ...good, client_description: '' }, /without client_description/],
    ['a type of its own', { ...good, type: 'PUSH' }, /type PUSH/],
    ['localhost', { ...good, redirect_url: 'http://localhost:1/' }, /127\.0\.0\.1/],
    ['an array', [good], /not a JSON object/],
  ])('%s', async (_, body, complaint) => {
    await using service = await FlatService.start();
    expect((await postJson(service.entry.registerUrl, body)).status).toBeGreaterThanOrEqual(400);
    expect(service.server.takeComplaints().join()).toMatch(complaint);
  });

  test('a form', async () => {
    await using service = await FlatService.start();
    expect((await postForm(service.entry.registerUrl, good)).status).toBe(415);
    expect(service.server.takeComplaints()).toHaveLength(1);
  });

  test('a field of RFC 7591 beside the six, with a complaint', async () => {
    await using service = await FlatService.start();
    await postJson(service.entry.registerUrl, { ...good, redirect_uris: [] });
    expect(service.server.takeComplaints()).toEqual(['registration with an unknown field: redirect_uris']);
  });
});

describe('authorize', () => {
  test('denies with error and state', async () => {
    await using service = await FlatService.start({ consent: 'deny' });
    await using callback = await startCallback();
    await consented(service, callback.redirectUri);
    expect(Object.fromEntries(callback.received[0] ?? [])).toMatchObject({
      error: 'access_denied',
      state: 's1',
    });
  });

  test('is silent on request', async () => {
    await using service = await FlatService.start({ consent: 'silent' });
    await using callback = await startCallback();
    const { visit } = await consented(service, callback.redirectUri);
    expect(visit.hops).toHaveLength(1);
    expect(callback.received).toEqual([]);
  });

  test.each([
    ['no state', { state: '' }, /without state/],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:1/other' }, /not the registered one/],
    ['plain PKCE', { code_challenge: 'x' }, /S256/],
    ['an implicit grant', { response_type: 'token' }, /response_type/],
  ])('complains of %s, and goes to the registered address', async (_, query, complaint) => {
    await using service = await FlatService.start();
    await using callback = await startCallback();
    await consented(service, callback.redirectUri, query);
    expect(callback.received).toHaveLength(1);
    expect(service.server.takeComplaints().join()).toMatch(complaint);
  });
});

describe('token', () => {
  async function redeem(change: Record<string, unknown>, options: FlatServiceOptions = {}) {
    const service = await FlatService.start(options);
    await using callback = await startCallback();
    const { clientId, secret } = await consented(service, callback.redirectUri);
    const code = callback.received[0]?.get('code') ?? '';
    const request = { grant_type: 'authorization_code', code, client_id: clientId, client_secret: secret };
    return { service, request, response: await postJson(service.entry.tokenUrl, { ...request, ...change }) };
  }

  test.each([
    [{ grant_type: 'code' }, 400, /grant_type/],
    [{ code: 'other' }, 400, /unknown code/],
    [{ client_id: 'other' }, 401, /client_id/],
    [{ client_secret: 'other' }, 401, /client_secret/],
    [{ client_secret: undefined }, 401, /client_secret/],
    [{ redirect_uri: 'http://127.0.0.1:1/' }, 400, /redirect_uri/],
    [{ code_verifier: 'x'.repeat(43) }, 400, /code_verifier/],
  ])('refuses %j', async (change, status, complaint) => {
    const { service, response } = await redeem(change);
    await using _ = service;
    expect(response.status).toBe(status);
    expect(service.server.takeComplaints().join()).toMatch(complaint);
    expect(service.tokens.size).toBe(0);
  });

  test('accepts a code once (B011)', async () => {
    const { service, request, response } = await redeem({});
    await using _ = service;
    expect(response.status).toBe(200);
    const second = await postJson(service.entry.tokenUrl, request);
    expect([second.status, second.text]).toEqual([400, '{"error":"invalid_grant"}']);
    expect(service.server.takeComplaints()).toEqual(['code redeemed twice']);
  });

  test('of a public client comes without a secret, and not with one (B038)', async () => {
    const without = await redeem({ client_secret: undefined }, { publicClients: true });
    await using _ = without.service;
    expect(without.response.status).toBe(200);
    const empty = await redeem({ client_secret: '' }, { publicClients: true });
    await using __ = empty.service;
    expect(empty.response.status).toBe(401);
    expect(empty.service.server.takeComplaints()).toHaveLength(1);
  });

  test.each([undefined, 400, 415] as const)(
    'refuses a form with %s, and says nothing',
    async (refuseFormWith) => {
      await using service = await FlatService.start(refuseFormWith === undefined ? {} : { refuseFormWith });
      const response = await postForm(service.entry.tokenUrl, { grant_type: 'authorization_code' });
      expect(response.status).toBe(refuseFormWith ?? 415);
      service.assertDone();
    },
  );
});

describe('invoke', () => {
  const withHeaders = (service: FlatService, headers: Record<string, string>, chunked = false) =>
    rawRequest(service.entry.resourceUrl, { headers, body: model, chunked });

  test.each([
    ['no token', () => ({ 'Input-Type': FLAT_INPUT })],
    ['two spaces', (token: string) => ({ Authorization: `Bearer  ${token}`, 'Input-Type': FLAT_INPUT })],
    ['lower case', (token: string) => ({ Authorization: `bearer ${token}`, 'Input-Type': FLAT_INPUT })],
    ['a wrong token', () => ({ Authorization: 'Bearer abc', 'Input-Type': FLAT_INPUT })],
  ])('answers 401 to %s', async (_, headers) => {
    await using service = await FlatService.start();
    expect((await withHeaders(service, headers(service.issueToken()))).status).toBe(401);
    service.assertDone();
  });

  test('requires its own spelling of Input-Type, a length, no Origin, a body', async () => {
    await using service = await FlatService.start();
    const Authorization = `Bearer ${service.issueToken()}`;
    const right = { Authorization, 'Input-Type': FLAT_INPUT };
    expect((await withHeaders(service, { ...right, 'Input-Type': 'IFC_STEP_2X3TC1' })).status).toBe(415);
    expect((await withHeaders(service, { Authorization })).status).toBe(415);
    expect((await withHeaders(service, right, true)).status).toBe(411);
    expect((await rawRequest(service.entry.resourceUrl, { headers: right, body: '' })).status).toBe(400);
    await withHeaders(service, { ...right, Origin: 'http://127.0.0.1' });
    expect(service.server.takeComplaints()).toHaveLength(5);
  });

  test('works for the given time', async () => {
    await using service = await FlatService.start({
      workMs: 120,
      contentDisposition: null,
      contentType: null,
    });
    const before = performance.now();
    const response = await withHeaders(service, {
      Authorization: `Bearer ${service.issueToken()}`,
      'Input-Type': FLAT_INPUT,
    });
    expect(performance.now() - before).toBeGreaterThan(110);
    expect([response.header('content-type'), response.header('content-disposition')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
