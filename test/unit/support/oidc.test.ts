// What oidc-provider requires and sends: the facts that `register` and `token` depend on.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Person } from '../../support/browser-double.js';
import { type CallbackDouble, pkcePair, startCallback } from '../../support/callback-double.js';
import { stepModel } from '../../support/fixtures.js';
import { readJsonObject } from '../../support/json.js';
import { OidcService } from '../../support/oidc.js';
import { postForm, postJson, rawRequest } from '../../support/raw-http.js';

let oidc: OidcService;
let callback: CallbackDouble;
beforeAll(async () => {
  oidc = await OidcService.start();
  callback = await startCallback();
});
afterAll(async () => {
  await oidc[Symbol.asyncDispose]();
  await callback[Symbol.asyncDispose]();
});

const register = (body: unknown) => postJson(`${oidc.origin}/reg`, body);
const standard = () => ({
  client_name: 'self-test',
  redirect_uris: [callback.redirectUri],
  application_type: 'native',
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['authorization_code'],
  response_types: ['code'],
});

async function consent(clientId: string, press: string, change: Record<string, string> = {}) {
  const { verifier, challenge } = pkcePair();
  const query = {
    auth_type: 'service',
    client_id: clientId,
    response_type: 'code',
    redirect_uri: callback.redirectUri,
    state: '{"_serviceName":"x","nonce":"n"}',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  };
  await using person = new Person({ answers: { login: 'ada' }, press });
  const address = new URL(`${oidc.origin}/auth`);
  for (const [name, value] of Object.entries(query)) if (value !== '') address.searchParams.set(name, value);
  callback.received.length = 0;
  await person.open(address.href);
  const visit = await person.visit();
  return { verifier, visit, back: Object.fromEntries(callback.received[0] ?? []) };
}

async function newClient(change: Record<string, unknown> = {}) {
  return readJsonObject((await register({ ...standard(), ...change })).text) ?? {};
}

describe('registration', () => {
  test('of the original form is refused with invalid_redirect_uri', async () => {
    const response = await register({
      type: 'push',
      client_name: 'x',
      client_url: 'http://127.0.0.1/',
      client_description: 'd',
      redirect_url: callback.redirectUri,
    });
    expect(response.status).toBe(400);
    expect(JSON.parse(response.text)).toEqual({
      error: 'invalid_redirect_uri',
      error_description: 'redirect_uris is mandatory property',
    });
  });

  test('of RFC 7591 gets 201', async () => {
    const response = await register(standard());
    expect(response.status).toBe(201);
    expect(JSON.parse(response.text)).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
      client_id_issued_at: expect.any(Number),
      redirect_uris: [callback.redirectUri],
    });
  });

  test.each([
    [{ token_endpoint_auth_method: 'none' }, 201, undefined],
    [{ application_type: undefined }, 201, undefined],
    [{ redirect_uris: ['http://example.com/cb'] }, 400, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://127.0.0.1:1/#a'] }, 400, 'invalid_redirect_uri'],
    [{ redirect_uris: 'http://127.0.0.1:1/' }, 400, 'invalid_redirect_uri'],
    [{ scope: 'other' }, 400, 'invalid_client_metadata'],
    [{ client_uri: 'no address' }, 400, 'invalid_client_metadata'],
    [{ grant_types: ['magic'] }, 400, 'invalid_client_metadata'],
  ])('%j: %i %s', async (change, status, error) => {
    const response = await register({ ...standard(), ...change });
    expect([response.status, JSON.parse(response.text).error]).toEqual([status, error]);
  });

  test('of a public client has no secret (B038)', async () => {
    expect(await newClient({ token_endpoint_auth_method: 'none' })).not.toHaveProperty('client_secret');
  });
});

describe('authorization', () => {
  test('denied', async () => {
    const { client_id } = await newClient();
    const { back } = await consent(String(client_id), 'deny');
    expect(back).toMatchObject({
      error: 'access_denied',
      state: '{"_serviceName":"x","nonce":"n"}',
      iss: oidc.origin,
    });
  });

  test.each([
    ['no PKCE', { code_challenge: '', code_challenge_method: '' }],
    ['plain PKCE', { code_challenge_method: 'plain' }],
  ])('%s: invalid_request at the redirect address', async (_, change) => {
    const { client_id } = await newClient();
    expect((await consent(String(client_id), 'allow', change)).back).toMatchObject({
      error: 'invalid_request',
    });
  });

  test.each([
    ['another port', () => callback.redirectUri.replace(/:\d+\//, ':1/')],
    ['another path', () => `${callback.redirectUri}/more`],
  ])('%s: 400 for the person, nothing at the redirect address', async (_, redirect_uri) => {
    const { client_id } = await newClient();
    const { visit } = await consent(String(client_id), 'allow', { redirect_uri: redirect_uri() });
    expect([visit.status, visit.body, callback.received]).toEqual([400, 'invalid_redirect_uri', []]);
  });
});

describe('token and resource', () => {
  async function redeemable(change: Record<string, unknown> = {}) {
    const client = await newClient(change);
    const { back, verifier } = await consent(String(client.client_id), 'allow');
    const secret = client.client_secret === undefined ? {} : { client_secret: String(client.client_secret) };
    return {
      grant_type: 'authorization_code',
      code: back.code ?? '',
      redirect_uri: callback.redirectUri,
      code_verifier: verifier,
      client_id: String(client.client_id),
      ...secret,
    };
  }
  const redeem = (form: Record<string, string>) => postForm(`${oidc.origin}/token`, form);

  test.each([
    ['with a secret', {}],
    ['public', { token_endpoint_auth_method: 'none' }],
    [
      'web, without a word on authentication',
      { application_type: undefined, token_endpoint_auth_method: undefined },
    ],
  ])('the whole chain: %s', async (_, change) => {
    const form = await redeemable(change);
    const asJson = await postJson(`${oidc.origin}/token`, form);
    expect([asJson.status, JSON.parse(asJson.text).error]).toEqual([400, 'invalid_request']);
    const token = readJsonObject((await redeem(form)).text) ?? {};
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'check' });
    const list = JSON.parse((await rawRequest(oidc.listUrl)).text);
    const model = stepModel({ schema: 'IFC4' });
    const result = await rawRequest(list.services[0].resourceUrl, {
      headers: { Authorization: `Bearer ${String(token.access_token)}`, 'Input-Type': 'IFC_STEP_4' },
      body: model,
    });
    expect([result.status, JSON.parse(result.text).bytes]).toEqual([200, model.length]);
    expect(oidc.checked.at(-1)).toMatchObject({ clientId: form.client_id, inputType: 'IFC_STEP_4' });
  });

  test.each([
    ['a wrong verifier', { code_verifier: 'x'.repeat(43) }, 400, 'invalid_grant'],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:1/' }, 400, 'invalid_grant'],
    ['a wrong code', { code: 'x' }, 400, 'invalid_grant'],
    ['a wrong secret', { client_secret: 'x' }, 401, 'invalid_client'],
    ['an unknown client', { client_id: 'x' }, 401, 'invalid_client'],
  ])('%s: refused', async (_, change, status, error) => {
    const response = await redeem({ ...(await redeemable()), ...change });
    expect([response.status, JSON.parse(response.text).error]).toEqual([status, error]);
  });

  test('a code that is exchanged twice revokes the first token (B011)', async () => {
    const form = await redeemable();
    const token = readJsonObject((await redeem(form)).text)?.access_token;
    expect((await redeem(form)).status).toBe(400);
    const headers = { Authorization: `Bearer ${String(token)}` };
    const response = await rawRequest(`${oidc.origin}/services/check`, { headers, body: 'x' });
    expect([response.status, response.header('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });

  test('the resource requires a token', async () => {
    const response = await rawRequest(`${oidc.origin}/services/check`, { body: 'x' });
    expect([response.status, response.header('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});

test('events are recorded in order', () => {
  expect(oidc.events[0]).toBe('registration_create.error invalid_redirect_uri');
  expect(oidc.events).toContain('grant.success');
  expect(oidc.events.filter((event) => event.startsWith('fault'))).toEqual([]);
});
