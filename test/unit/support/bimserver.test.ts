// The BIMserver-like fake has the quirks of PROTOCOL 1.1 to 1.6, and complains of what a right client never does.

import { describe, expect, test } from 'vitest';
import { BimServer } from '../../support/bimserver.js';
import { type BimServerOptions, PLUGIN_ID, SOID } from '../../support/bimserver-options.js';
import { Person } from '../../support/browser-double.js';
import { pkcePair, startCallback } from '../../support/callback-double.js';
import { stepModel } from '../../support/fixtures.js';
import { readJsonObject } from '../../support/json.js';
import { postForm, postJson, rawRequest } from '../../support/raw-http.js';

const model = stepModel({ schema: 'IFC2X3' });
const registration = (redirectUrl: string, name = 'Self Test 1') => ({
  type: 'push',
  client_name: name,
  client_url: 'http://127.0.0.1/',
  client_description: 'test',
  redirect_url: redirectUrl,
});
const register = (bim: BimServer, body: unknown) => postJson(`${bim.server.origin}/oauth/register`, body);

async function visitAuthorize(bim: BimServer, query: Record<string, string>) {
  await using person = new Person();
  const address = new URL(`${bim.server.origin}/oauth/authorize`);
  address.search = new URLSearchParams(query).toString();
  await person.open(address.href);
  return await person.visit();
}

const state = (name: string) => JSON.stringify({ _serviceName: name, nonce: 'n-1' });

async function consented(bim: BimServer, redirectUrl: string, change: Record<string, string> = {}) {
  const client = readJsonObject((await register(bim, registration(redirectUrl))).text) ?? {};
  const visit = await visitAuthorize(bim, {
    auth_type: 'service',
    client_id: String(client.client_id),
    response_type: 'code',
    redirect_uri: redirectUrl,
    state: state(bim.serviceName),
    ...change,
  });
  return { client, visit };
}

/** A server with a code on hand, and the five parameters of a right token request. */
async function withCode(options: BimServerOptions = {}) {
  const bim = await BimServer.start(options);
  await using callback = await startCallback();
  const { client } = await consented(bim, callback.redirectUri);
  const form = {
    grant_type: 'authorization_code',
    code: callback.received[0]?.get('code') ?? '',
    redirect_uri: callback.redirectUri,
    client_id: String(client.client_id),
    client_secret: String(client.client_secret),
  };
  return { bim, form, tokenUrl: `${bim.server.origin}/oauth/access` };
}

test('the whole chain, in order, with PKCE', async () => {
  await using bim = await BimServer.start({ name: 'Validator (IFC)' });
  await using callback = await startCallback();
  bim.server.expectCalls(['list', 'register', ...BimServer.consentCalls, 'token', 'invoke']);
  const list = JSON.parse((await rawRequest(bim.listUrl)).text);
  expect(list.services[0]).toMatchObject({
    id: PLUGIN_ID,
    providerIcon: '/img/bimserver.png',
    resourceUrl: `${bim.server.origin}/services`,
  });
  const { verifier, challenge } = pkcePair();
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
  const { client } = await consented(bim, callback.redirectUri, pkce);
  expect(client).toMatchObject({
    client_id: 'selftest1',
    issued_at: expect.stringMatching(/^\d{13}$/),
    expires_in: 31_535_999_999,
    message: 'OK',
  });
  const [back] = callback.received;
  expect(Object.fromEntries(back ?? [])).toEqual({
    code: expect.stringMatching(/^[0-9a-f]{128}$/),
    address: `${bim.server.origin}/json`,
    serviceaddress: `${bim.server.origin}/services`,
    websocketUrl: `${bim.server.origin.replace('http', 'ws')}/stream`,
    soid: SOID,
    state: state('Validator (IFC)'),
  });
  const token = await postForm(`${bim.server.origin}/oauth/access`, {
    grant_type: 'authorization_code',
    code: back?.get('code') ?? '',
    redirect_uri: callback.redirectUri,
    client_id: String(client.client_id),
    client_secret: String(client.client_secret),
    code_verifier: verifier,
  });
  const received = readJsonObject(token.text) ?? {};
  expect(received).toMatchObject({
    expires_in: 3600,
    soid: SOID,
    resource_url: `${bim.server.origin}/services/${SOID}`,
  });
  const result = await rawRequest(String(received.resource_url), {
    headers: { Authorization: `Bearer ${String(received.access_token)}`, 'Input-Type': 'IFC_STEP_2X3TC1' },
    body: model,
  });
  expect(result.status).toBe(200);
  expect(result.header('content-disposition')).toBe('validationresults.bcfzip');
  expect(result.header('output-type')).toBe('BCF_ZIP_2_0');
  expect(result.header('context-id')).toBeUndefined();
  bim.assertDone();
});

describe('list', () => {
  test('responds at any path that ends in /servicelist, may be empty, may have a wrong site', async () => {
    await using bim = await BimServer.start({ siteAddress: 'http://wrong:8080' });
    const response = await rawRequest(`${bim.server.origin}/any/servicelist`);
    expect(JSON.parse(response.text).services[0].oauth.tokenUrl).toBe('http://wrong:8080/oauth/access');
    bim.options = { emptyList: true };
    expect(JSON.parse((await rawRequest(bim.listUrl)).text).services).toEqual([]);
  });
});

describe('register', () => {
  const good = registration('http://127.0.0.1:4711/callback');

  test('without type: 400 with JSON that is not called JSON', async () => {
    await using bim = await BimServer.start();
    const response = await register(bim, { ...good, type: undefined });
    expect([response.status, response.header('content-type')]).toEqual([400, undefined]);
    expect(JSON.parse(response.text)).toEqual({
      error: 'invalid_request',
      error_description: 'Missing [type] parameter value',
    });
    expect(bim.server.takeComplaints()).toHaveLength(1);
  });

  test('pull without client_name: an empty 200; push without it: 400', async () => {
    await using bim = await BimServer.start();
    const pull = await register(bim, { ...good, type: 'pull', client_name: undefined });
    expect([pull.status, pull.text]).toEqual([200, '']);
    const push = await register(bim, { ...good, client_name: undefined });
    expect(push.status).toBe(400);
    expect(bim.server.takeComplaints()).toHaveLength(2);
  });

  test('finds a client by its redirect_url and hands back its secret; another gets the same id (B040)', async () => {
    await using bim = await BimServer.start();
    const responses = await Promise.all([
      register(bim, good),
      register(bim, { ...good, client_name: 'Other' }),
      register(bim, registration('http://127.0.0.1:4712/callback')),
    ]);
    const [first, again, other] = responses.map((response) => JSON.parse(response.text));
    expect([again.client_id, again.client_secret]).toEqual([first.client_id, first.client_secret]);
    expect(other.client_id).toBe(first.client_id);
    expect(other.client_secret).not.toBe(first.client_secret);
  });

  test('faults: empty (B041), long expired (B032)', async () => {
    await using bim = await BimServer.start({ registerEmpty: true });
    expect((await register(bim, good)).text).toBe('');
    bim.options = { expiresInMs: -86_400_000 };
    expect(JSON.parse((await register(bim, good)).text).expires_in).toBe(-86_400_000);
  });
});

describe('authorize', () => {
  test.each([
    ['& in state', { state: JSON.stringify({ _serviceName: 'IFC Validator', nonce: 'a&b' }) }],
    ['+ in state', { state: JSON.stringify({ _serviceName: 'IFC Validator', nonce: 'a+b' }) }],
    ['# in redirect_uri', { redirect_uri: 'http://127.0.0.1:1/#x' }],
    ['no auth_type', { auth_type: 'null' }],
    ['a state that is no JSON', { state: 'abc' }],
    ['the name of another service', { state: state('Another') }],
    ['an unknown client', { client_id: 'unknown' }],
  ])('complains of %s', async (_, change) => {
    await using bim = await BimServer.start();
    await using callback = await startCallback();
    await consented(bim, callback.redirectUri, change).catch(() => {});
    expect(bim.server.takeComplaints().length).toBeGreaterThan(0);
  });

  test('a state with & arrives cut', async () => {
    await using bim = await BimServer.start();
    await using callback = await startCallback();
    await consented(bim, callback.redirectUri, { state: 'a&b' });
    expect(callback.received[0]?.get('state')).toBe('a');
    bim.server.takeComplaints();
  });

  test('a name with & that is written as a JSON escape survives', async () => {
    await using bim = await BimServer.start({ name: 'A & B' });
    await using callback = await startCallback();
    const escaped = state('A & B').replace('&', '\\u0026');
    await consented(bim, callback.redirectUri, { state: escaped });
    expect(callback.received[0]?.get('state')).toBe(escaped);
    bim.assertDone();
  });

  test('a refusal never comes back; state may come back twice', async () => {
    await using bim = await BimServer.start({ consent: 'refuse' });
    await using callback = await startCallback();
    const { visit } = await consented(bim, callback.redirectUri);
    expect([visit.status, callback.received.length]).toEqual([200, 0]);
    bim.options = { stateTwice: true };
    await consented(bim, callback.redirectUri);
    expect(callback.received[0]?.getAll('state')).toHaveLength(2);
    bim.assertDone();
  });

  test('SHOW_CODE shows token and address; an empty address shows where it would have gone', async () => {
    await using bim = await BimServer.start();
    const shown = await consented(bim, 'SHOW_CODE');
    expect(shown.visit.body).toMatch(/value="[0-9a-f]{128}".*value="http:[^"]*\/services\/917538"/);
    const empty = await consented(bim, 'SHOW_CODE', { redirect_uri: '' });
    expect(empty.visit.body).toMatch(/Would have redirected to: http:\/\/fakeaddress\?code=[0-9a-f]{128}&/);
    bim.assertDone();
  });
});

describe('token', () => {
  test.each([
    ['a charset (B049)', 'application/x-www-form-urlencoded;charset=UTF-8', 1],
    ['JSON', 'application/json', 0],
  ])('refuses Content-Type with %s: 405 and text', async (_, contentType, complaints) => {
    const { bim, form, tokenUrl } = await withCode();
    await using __ = bim;
    const body = new URLSearchParams(form).toString();
    const response = await rawRequest(tokenUrl, { headers: { 'Content-Type': contentType }, body });
    expect([response.status, response.text]).toEqual([
      405,
      'ContentType must be application/x-www-form-urlencoded',
    ]);
    expect(bim.server.takeComplaints()).toHaveLength(complaints);
  });

  test('without Content-Type: an empty 200', async () => {
    const { bim, form, tokenUrl } = await withCode();
    await using _ = bim;
    const response = await rawRequest(tokenUrl, { body: new URLSearchParams(form).toString() });
    expect([response.status, response.text]).toEqual([200, '']);
    expect(bim.server.takeComplaints()).toHaveLength(1);
  });

  test.each(['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret'])(
    'wants %s',
    async (name) => {
      const { bim, form, tokenUrl } = await withCode();
      await using _ = bim;
      const response = await postForm(tokenUrl, { ...form, [name]: '' });
      expect([response.status, response.header('content-type')]).toEqual([401, undefined]);
      expect(JSON.parse(response.text)).toMatchObject({ error: 'invalid_request' });
      expect(bim.server.takeComplaints()).toHaveLength(1);
    },
  );

  test('an unknown code: an empty 200 (B047)', async () => {
    const { bim, form, tokenUrl } = await withCode({ unknownCode: true });
    await using _ = bim;
    const response = await postForm(tokenUrl, form);
    expect([response.status, response.text]).toEqual([200, '']);
    bim.assertDone();
  });

  test.each([
    ['a wrong secret', { client_secret: 'x' }],
    ['another redirect_uri', { redirect_uri: 'crap' }],
    ['a verifier out of nowhere', { code_verifier: 'x'.repeat(43) }],
  ])('gives a token for %s, and complains', async (_, change) => {
    const { bim, form, tokenUrl } = await withCode();
    await using __ = bim;
    expect((await postForm(tokenUrl, { ...form, ...change })).status).toBe(200);
    expect(bim.server.takeComplaints()).toHaveLength(1);
  });

  test('complains of a second redemption, of parameters in the address, of a secret sent twice (B062)', async () => {
    const { bim, form, tokenUrl } = await withCode();
    await using _ = bim;
    await postForm(tokenUrl, form);
    await postForm(tokenUrl, form);
    expect(bim.server.takeComplaints()).toEqual(['code redeemed twice']);
    await postForm(`${tokenUrl}?a=b`, form);
    expect(bim.server.takeComplaints()).toContain('token request with parameters in the address');
    await rawRequest(tokenUrl, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${btoa('a:b')}` },
      body: new URLSearchParams(form).toString(),
    });
    expect(bim.server.takeComplaints()).toContain('client_secret in body and Basic at once');
  });

  test.each([
    ['empty', ''],
    ['absent', undefined],
  ] as const)('resource_url may be %s', async (resourceUrl, expected) => {
    const { bim, form, tokenUrl } = await withCode({ resourceUrl });
    await using _ = bim;
    expect(readJsonObject((await postForm(tokenUrl, form)).text)?.resource_url).toBe(expected);
  });
});

describe('run', () => {
  const STEP = { 'Input-Type': 'IFC_STEP_2X3TC1' };
  const run = (bim: BimServer, headers: Record<string, string>, path = `/services/${SOID}`) =>
    rawRequest(`${bim.server.origin}${path}`, { headers, body: model });
  const bearer = (bim: BimServer) => ({ Authorization: `Bearer ${bim.issueToken()}` });

  test('without a token: 403 and HTML', async () => {
    await using bim = await BimServer.start();
    const response = await run(bim, STEP);
    expect([response.status, response.header('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
    expect(response.text).toContain('Token required');
    bim.assertDone();
  });

  test.each([
    ['an unknown token', () => ({ Authorization: 'Bearer abc' }), undefined, 0],
    ['two spaces after Bearer', (t: string) => ({ Authorization: `Bearer  ${t}` }), undefined, 0],
    ['another soid', (t: string) => ({ Authorization: `Bearer ${t}` }), '/services/1', 1],
    ['the plug-in id', (t: string) => ({ Authorization: `Bearer ${t}` }), `/services/${PLUGIN_ID}`, 1],
    ['a slash at the end', (t: string) => ({ Authorization: `Bearer ${t}` }), `/services/${SOID}/`, 1],
  ])('%s: an empty 200 without Output-Type (B131)', async (_, headers, path, complaints) => {
    await using bim = await BimServer.start();
    const response = await run(bim, { ...STEP, ...headers(bim.issueToken()) }, path);
    expect([response.status, response.text, response.header('output-type')]).toEqual([200, '', undefined]);
    expect(response.header('content-type')).toBe('text/html; charset=utf-8');
    expect(bim.server.takeComplaints()).toHaveLength(complaints);
  });

  test('accepts the code itself as a token', async () => {
    const { bim, form } = await withCode();
    await using _ = bim;
    const response = await run(bim, { ...STEP, Authorization: `Bearer ${form.code}` });
    expect(response.header('output-type')).toBe('BCF_ZIP_2_0');
    bim.assertDone();
  });

  test('accepts plain /services, and a Token header', async () => {
    await using bim = await BimServer.start();
    const response = await run(bim, { ...STEP, Token: bim.issueToken() }, '/services');
    expect(response.header('output-type')).toBe('BCF_ZIP_2_0');
    bim.assertDone();
  });

  test.each([
    [{}, 'Unknown error: Name is null', 1],
    [{ 'Input-Type': 'IFC_STEP_2x3TC1' }, 'SchemaName.IFC_STEP_2x3TC1', 1],
    [{ 'Input-Type': '"IFC_STEP_2X3TC1"' }, 'No enum constant', 1],
    [{ 'Input-Type': 'BCF_ZIP_2_0' }, 'No deserializer found', 0],
  ])('Input-Type %j: Output-Type ERROR with 200', async (headers, message, complaints) => {
    await using bim = await BimServer.start();
    const response = await run(bim, { ...bearer(bim), ...headers });
    expect([response.status, response.header('output-type'), response.header('content-type')]).toEqual([
      200,
      'ERROR',
      undefined,
    ]);
    expect(JSON.parse(response.text).message).toContain(message);
    expect(bim.server.takeComplaints()).toHaveLength(complaints);
  });

  test('faults, one by one', async () => {
    await using bim = await BimServer.start({
      botError: { code: 4, message: 'no engine' },
      container: 'tomcat',
    });
    const headers = { ...STEP, ...bearer(bim) };
    const failed = await run(bim, headers);
    expect(JSON.parse(failed.text)).toEqual({ code: 4, message: 'no engine' });
    expect(failed.header('content-type')).toBe('text/html');
    bim.options = { tokensExpired: true };
    expect((await run(bim, headers)).text).toBe('');
    bim.options = { storesRuns: true };
    const stored = await run(bim, headers);
    expect(stored.header('context-id')).toMatch(/^[0-9a-f-]{36}$/);
    const again = await run(bim, { ...headers, 'Context-Id': stored.header('context-id') ?? '' });
    expect(again.header('output-type')).toBe('ERROR');
    bim.options = {
      headers: { 'Output-Type': null, 'Content-Disposition': null, 'Data-Title': 'Pr\xfcfung' },
    };
    const odd = await run(bim, headers);
    expect([odd.header('output-type'), odd.header('content-disposition')]).toEqual([undefined, undefined]);
    expect(odd.header('data-title')).toBe('Pr\xfcfung');
    bim.assertDone();
  });

  test('complains of an Origin and of blanks in Accept-Flow', async () => {
    await using bim = await BimServer.start();
    expect((await run(bim, { ...STEP, ...bearer(bim), Origin: 'http://127.0.0.1' })).status).toBe(403);
    await run(bim, { ...STEP, ...bearer(bim), 'Accept-Flow': 'ASYNC_WS, SYNC' });
    expect(bim.server.takeComplaints()).toHaveLength(2);
  });
});
