// Registration in both forms, and the accepted redirect addresses.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isAcceptableRedirectUri,
  matchesRedirectUri,
  readRedirectHost,
} from '../../../src/serve/oauth/redirect-uri.js';
import type { Provider } from '../../../src/serve/provider.js';
import * as client from './support.js';

const NOW = Date.UTC(2024, 0, 1);
let provider: Provider;
beforeEach(async () => {
  provider = await client.start({ now: () => NOW });
});
afterEach(() => provider[Symbol.asyncDispose]());

const send = (body: unknown, type = 'application/json'): Promise<client.Answer> =>
  client.ask(`${provider.origin}/oauth/register`, {
    headers: { 'Content-Type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const ORIGINAL = { type: 'push', client_name: 'A', redirect_url: client.CALLBACK };

describe('the original form', () => {
  it('responds 200 with issued_at in ms as text and expires_in in ms', async () => {
    const response = await send(ORIGINAL);
    expect(response.status).toBe(200);
    expect(client.readJson(response)).toMatchObject({
      client_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      issued_at: String(NOW),
      expires_in: 31_536_000_000,
    });
  });

  it('never hands out the id or the secret of another registration', async () => {
    const [first, second] = [client.readJson(await send(ORIGINAL)), client.readJson(await send(ORIGINAL))];
    expect(second.client_id).not.toBe(first.client_id);
    expect(second.client_secret).not.toBe(first.client_secret);
  });

  it.each<[string, unknown, string, number, string]>([
    ['no type', { ...ORIGINAL, type: undefined }, 'application/json', 400, 'invalid_request'],
    ['another type', { ...ORIGINAL, type: 'PUSH' }, 'application/json', 400, 'invalid_request'],
    ['no client_name', { ...ORIGINAL, client_name: '' }, 'application/json', 400, 'invalid_request'],
    [
      'a script',
      { ...ORIGINAL, redirect_url: 'javascript:x' },
      'application/json',
      400,
      'invalid_redirect_uri',
    ],
    ['a form', 'type=push', client.FORM, 400, 'invalid_request'],
    ['broken JSON', '{', 'application/json', 400, 'invalid_client_metadata'],
    ['a list', '[]', 'application/json', 400, 'invalid_client_metadata'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]).toString('latin1'),
      'application/json',
      400,
      'invalid_client_metadata',
    ],
    ['a huge body', ' '.repeat(65 * 1024), 'application/json', 413, 'invalid_request'],
  ])('refuses %s', async (_title, body, type, status, error) => {
    const response = await send(body, type);
    expect({ status: response.status, error: client.readJson(response).error }).toEqual({ status, error });
  });
});

describe('RFC 7591', () => {
  it('responds 201 with the registered metadata, times in seconds', async () => {
    const response = await send({ redirect_uris: [client.CALLBACK], client_name: 'B' });
    expect(response.status).toBe(201);
    expect(client.readJson(response)).toMatchObject({
      client_id_issued_at: NOW / 1000,
      client_secret_expires_at: NOW / 1000 + 31_536_000,
      client_name: 'B',
      redirect_uris: [client.CALLBACK],
      token_endpoint_auth_method: 'client_secret_basic',
    });
  });

  it('gives a public client no secret', async () => {
    const response = await send({ redirect_uris: [client.CALLBACK], token_endpoint_auth_method: 'none' });
    expect(client.readJson(response)).not.toHaveProperty('client_secret');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no address', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['a number', { redirect_uris: [1] }, 'invalid_redirect_uri'],
    ['eleven', { redirect_uris: Array.from({ length: 11 }, () => client.CALLBACK) }, 'invalid_redirect_uri'],
    ['a key pair', { token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    ['implicit only', { grant_types: ['implicit'] }, 'invalid_client_metadata'],
    ['token only', { response_types: ['token'] }, 'invalid_client_metadata'],
    ['a name that is a list', { client_name: ['x'] }, 'invalid_client_metadata'],
  ])('refuses %s', async (_title, changes, error) => {
    const response = await send({ redirect_uris: [client.CALLBACK], ...changes });
    expect({ status: response.status, error: client.readJson(response).error }).toEqual({
      status: 400,
      error,
    });
  });
});

describe('redirect addresses', () => {
  it.each([
    ['http://127.0.0.1:1000/cb', true],
    ['http://[::1]:1000/cb', true],
    ['http://localhost/cb', true],
    ['https://app.example/cb?x=1', true],
    ['http://app.example/cb', false],
    ['https://user@app.example/', false],
    ['https://app.example/#part', false],
    ['https://app.example\\@evil.example/', false],
    ['https://app.example/a b', false],
    ['/cb', false],
    ['', false],
    ['file:///etc/passwd', false],
    ['data:text/html,x', false],
    // A host in which another directive of a Content-Security-Policy would begin.
    ['https://app.example;sandbox/', false],
    ['https://app.example,sandbox/', false],
    ['https://[2001:db8::7]/', true],
    ['https://größe.example/', false],
    ['https://xn--gre-6ka8i.example/', true],
  ])('%s may be registered: %s', (uri, expected) => {
    expect(isAcceptableRedirectUri(uri)).toBe(expected);
  });

  it.each([
    ['http://127.0.0.1:1000/cb', 'http://127.0.0.1:2000/cb', true],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:2000/cb', true],
    ['http://[::1]:1000/cb', 'http://[::1]:2000/cb', true],
    ['http://127.0.0.1:1000/cb', 'http://[::1]:1000/cb', false],
    ['http://127.0.0.1:1000/cb', 'http://127.0.0.1:2000/cb/', false],
    ['http://127.0.0.1:1000/cb', 'http://127.0.0.1:2000/cb?x', false],
    ['http://127.0.0.1:1000/cb', 'http://127.0.0.1:99999/cb', false],
    ['http://127.0.0.1:1000/cb', 'http://127.0.0.1:80@evil.example/cb', false],
    ['http://127.0.0.1:1000/cb', 'HTTP://127.0.0.1:2000/cb', false],
    ['http://localhost:1000/cb', 'http://localhost:2000/cb', false],
    ['https://app.example/cb', 'https://app.example:8443/cb', false],
    ['https://app.example/cb', 'https://app.example/CB', false],
  ])('B155: %s registered, %s asked: %s', (registered, requested, expected) => {
    const rules = { loopbackPortMayDiffer: true, queryMayDiffer: false, hosts: new Set<string>() };
    expect(matchesRedirectUri(registered, requested, rules)).toBe(expected);
  });

  it.each([
    ['Bim.Intern', 'bim.intern'],
    ['bim.intern:8080', 'bim.intern:8080'],
    ['bim.intern:80', 'bim.intern:80'],
    ['10.0.0.7', '10.0.0.7'],
    ['[fd00::7]:8080', '[fd00::7]:8080'],
    ['http://bim.intern', undefined],
    ['bim.intern/apps', undefined],
    ['*', undefined],
    ['bim.intern:99999', undefined],
    ['', undefined],
  ])('of a machine that an operator allows: %s is read as %s', (text, host) => {
    expect(readRedirectHost(text)).toBe(host);
  });

  it.each([
    ['http://bim.intern/cb', true],
    ['http://bim.intern:80/cb', true],
    ['http://bim.intern:8080/cb', false],
    ['http://user@bim.intern/cb', false],
    ['http://evil.bim.intern/cb', false],
  ])('where bim.intern:80 is allowed, %s may be registered: %s', (uri, expected) => {
    expect(isAcceptableRedirectUri(uri, new Set(['bim.intern:80']))).toBe(expected);
  });
});
