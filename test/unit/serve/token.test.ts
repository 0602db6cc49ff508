// The token endpoint's refusals (CASES B154, B160): exact status, error name and header fields, and what they cost.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/serve/provider.js';
import { resourcePath } from '../../../src/serve/service-list.js';
import * as client from './support.js';

let provider: Provider;
let registered: client.Registered;
let now: number;
beforeEach(async () => {
  now = Date.UTC(2024, 0, 1);
  provider = await client.start({ now: () => now });
  registered = await client.registerClient(provider);
});
afterEach(() => provider[Symbol.asyncDispose]());

function expectError(response: client.Answer, status: number, error: string): void {
  expect({ status: response.status, error: client.readJson(response).error }).toEqual({ status, error });
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
}

async function fields(
  changes: Record<string, string> = {},
  ...left: string[]
): Promise<Record<string, string>> {
  const code = await client.getCode(provider, registered);
  return client.without({ ...client.tokenFields(registered, code), ...changes }, ...left);
}

describe('B154: a faulty request', () => {
  it.each<[string, Record<string, string>, string[], number, string]>([
    ['no code', {}, ['code'], 400, 'invalid_request'],
    ['an empty code', { code: '' }, [], 400, 'invalid_request'],
    ['an unknown code', { code: 'x'.repeat(43) }, [], 400, 'invalid_grant'],
    ['no grant_type', {}, ['grant_type'], 400, 'invalid_request'],
    ['another grant_type', { grant_type: 'password' }, [], 400, 'unsupported_grant_type'],
    ['no client', {}, ['client_id'], 401, 'invalid_client'],
    ['an unknown client', { client_id: 'unknown' }, [], 401, 'invalid_client'],
    ['no secret', {}, ['client_secret'], 401, 'invalid_client'],
    ['a wrong secret', { client_secret: 'wrong' }, [], 401, 'invalid_client'],
    ['no redirect_uri', {}, ['redirect_uri'], 400, 'invalid_grant'],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:2000/callback' }, [], 400, 'invalid_grant'],
    ['no code_verifier', {}, ['code_verifier'], 400, 'invalid_grant'],
    ['a wrong code_verifier', { code_verifier: 'y'.repeat(43) }, [], 400, 'invalid_grant'],
    ['the challenge as code_verifier', { code_verifier: client.CHALLENGE }, [], 400, 'invalid_grant'],
  ])('%s', async (_title, changes, left, status, error) => {
    const response = await client.askToken(provider, await fields(changes, ...left));
    expectError(response, status, error);
    if (status === 401) expect(response.headers['www-authenticate']).toBe('Basic realm="bimservice"');
  });

  it.each(['code=other', 'client_id=other', 'redirect_uri=other', 'code_verifier=other', 'x=1&x=2'])(
    'a repeated parameter, %s',
    async (more) => {
      const good = new URLSearchParams(await fields()).toString();
      expectError(await client.askToken(provider, `${good}&${more}`), 400, 'invalid_request');
    },
  );

  it('another content type, and none', async () => {
    const good = await fields();
    const wrong = await client.askToken(provider, good, { 'Content-Type': 'text/plain' });
    expectError(wrong, 400, 'invalid_request');
    const body = new URLSearchParams(good).toString();
    expectError(await client.ask(`${provider.origin}/oauth/access`, { body }), 400, 'invalid_request');
  });

  it.each(['not json', '[]', 'null', '{"code":["a"]}'])('JSON that is %s', async (body) => {
    const response = await client.askToken(provider, body, { 'Content-Type': 'application/json' });
    expectError(response, 400, 'invalid_request');
  });

  it('GET, and parameters in the address', async () => {
    const get = await client.ask(`${provider.origin}/oauth/access?code=x`);
    expectError(get, 405, 'invalid_request');
    expect(get.headers.allow).toBe('POST');
    const body = new URLSearchParams(await fields()).toString();
    const headers = { 'Content-Type': client.FORM };
    const post = await client.ask(`${provider.origin}/oauth/access?client_id=x`, { headers, body });
    expectError(post, 400, 'invalid_request');
  });

  it('a body of over 64 KiB', async () => {
    expectError(await client.askToken(provider, { code: 'x'.repeat(65 * 1024) }), 413, 'invalid_request');
  });
});

describe('B154: Basic authentication', () => {
  const basic = (pair: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  });

  it('with the secret in the body as well is two methods at once', async () => {
    const headers = basic(`${registered.id}:${registered.secret}`);
    expectError(await client.askToken(provider, await fields(), headers), 400, 'invalid_request');
  });

  it('with another client_id in the body is refused', async () => {
    const headers = basic(`${registered.id}:${registered.secret}`);
    const body = await fields({ client_id: 'other' }, 'client_secret');
    expectError(await client.askToken(provider, body, headers), 400, 'invalid_request');
  });

  it.each([
    ['a wrong secret', () => basic(`${registered.id}:wrong`)],
    ['no colon', () => basic(registered.id)],
    ['a broken escape', () => basic(`${registered.id}:%zz`)],
    ['another scheme', () => ({ Authorization: 'Bearer abc' })],
  ])('with %s is 401 with a challenge', async (_title, headers) => {
    const body = await fields({}, 'client_id', 'client_secret');
    const response = await client.askToken(provider, body, headers());
    expectError(response, 401, 'invalid_client');
    expect(response.headers['www-authenticate']).toMatch(/^Basic /);
  });
});

describe('B160: a code', () => {
  const use = (token: string): Promise<client.Answer> =>
    client.ask(provider.origin + resourcePath('one'), {
      headers: { Authorization: `Bearer ${token}` },
      body: 'x',
    });

  it('is good for 60 s', async () => {
    const early = await fields();
    now += 59_999;
    expect((await client.askToken(provider, early)).status).toBe(200);
    const late = await fields();
    now += 60_000;
    expectError(await client.askToken(provider, late), 400, 'invalid_grant');
  });

  it('is good once; a second use revokes the token of the first (RFC 6749 4.1.2)', async () => {
    const body = await fields();
    const first = String(client.readJson(await client.askToken(provider, body)).access_token);
    expect((await use(first)).status).toBe(200);
    expectError(await client.askToken(provider, body), 400, 'invalid_grant');
    expect((await use(first)).status).toBe(401);
  });

  it('exchanged twice at the same time yields one token', async () => {
    const body = await fields();
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.askToken(provider, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
  });

  it('of another client is refused, and stays good for its own', async () => {
    const body = await fields();
    const other = await client.registerClient(provider);
    const stolen = { ...body, client_id: other.id, client_secret: other.secret };
    expectError(await client.askToken(provider, stolen), 400, 'invalid_grant');
    expect((await client.askToken(provider, body)).status).toBe(200);
  });

  it('is spent by a wrong code_verifier', async () => {
    const body = await fields();
    const wrong = { ...body, code_verifier: 'y'.repeat(43) };
    expectError(await client.askToken(provider, wrong), 400, 'invalid_grant');
    expectError(await client.askToken(provider, body), 400, 'invalid_grant');
  });

  it('requested without PKCE is refused with a code_verifier (downgrade, RFC 9700 2.1.1)', async () => {
    const plain = { code_challenge: undefined, code_challenge_method: undefined };
    const code = await client.getCode(provider, registered, plain);
    const response = await client.askToken(provider, client.tokenFields(registered, code));
    expectError(response, 400, 'invalid_grant');
  });

  it('of a public client needs the verifier only', async () => {
    const open = await client.registerPublicClient(provider);
    const code = await client.getCode(provider, open);
    const body = client.without(client.tokenFields(open, code), 'client_secret');
    expect((await client.askToken(provider, body)).status).toBe(200);
  });
});
