// Registration: both request forms, and real responses of servers (PROTOCOL 1.2).

import { describe, expect, test } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import {
  type RegisteredClient,
  type RegistrationForm,
  readRegistrationResponse,
  registrationRequest,
} from '../../src/protocol/oauth/registration.js';

const URL_ = 'https://bim.example/oauth/register';
const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const client = {
  name: 'bimservice-1a2b',
  url: 'https://tool.example',
  description: 'Sends models',
  icon: null,
  redirectUri: 'http://127.0.0.1:4711/callback',
};

function response(status: number, body: unknown, headers: [string, string][] = []) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: new TextEncoder().encode(text) };
}

function read(given: ReturnType<typeof response>, form: RegistrationForm = 'original') {
  return readRegistrationResponse(given, { form, url: URL_, now: NOW });
}

function registered(body: unknown, status = 200): RegisteredClient {
  const received = read(response(status, body));
  if (received.kind !== 'registered') throw new Error(`not registered but ${received.kind}`);
  return received.client;
}

function failure(given: ReturnType<typeof response>, form: RegistrationForm = 'original'): BimServiceError {
  try {
    read(given, form);
  } catch (error) {
    if (error instanceof BimServiceError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('the request', () => {
  test('the original form has exactly its fields, and no icon when there is none', () => {
    const request = registrationRequest('original', URL_, client);
    expect(request.headers).toEqual({ 'Content-Type': 'application/json', Accept: 'application/json' });
    expect(JSON.parse(request.body)).toEqual({
      type: 'push',
      client_name: 'bimservice-1a2b',
      client_url: 'https://tool.example',
      client_description: 'Sends models',
      redirect_url: 'http://127.0.0.1:4711/callback',
    });
  });

  test('an icon is sent in either form under its own name', () => {
    const withIcon = { ...client, icon: 'https://tool.example/i.png' };
    expect(JSON.parse(registrationRequest('original', URL_, withIcon).body).client_icon).toBe(withIcon.icon);
    expect(JSON.parse(registrationRequest('rfc7591', URL_, withIcon).body).logo_uri).toBe(withIcon.icon);
  });

  test('the standard form is a native client with one redirect URI', () => {
    expect(JSON.parse(registrationRequest('rfc7591', URL_, client).body)).toEqual({
      client_name: 'bimservice-1a2b',
      client_uri: 'https://tool.example',
      redirect_uris: ['http://127.0.0.1:4711/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      application_type: 'native',
    });
  });
});

describe('a registered client', () => {
  test('BIMserver: milliseconds, issued_at as text (B031)', () => {
    const got = registered({
      client_id: 'x',
      client_secret: 'y-secret',
      issued_at: '1700000000000',
      expires_in: 31535999123,
      message: 'OK',
    });
    expect(got.clientId).toBe('x');
    expect(got.clientSecret?.reveal()).toBe('y-secret');
    expect(got.issuedAt).toBe(1700000000000);
    expect(got.expiresAt).toBe(NOW + 31535999123);
    expect(got).not.toHaveProperty('tokenAuthMethod');
  });

  test.each([
    ['relative seconds', { expires_in: 3600 }, NOW + 3_600_000],
    ['relative seconds as text', { expires_in: '3600' }, NOW + 3_600_000],
    ['absolute ms', { expires_in: NOW + DAY }, NOW + DAY],
    ['relative ms', { expires_in: 7 * DAY }, NOW + 7 * DAY],
    ['a negative lifetime is a date in the past (B032)', { expires_in: -86_400_000 }, NOW - 86_400_000_000],
    ['absurdly negative is the epoch', { expires_in: -1e30 }, 0],
    ['client_secret_expires_at in seconds (B034)', { client_secret_expires_at: 1790000000 }, 1790000000000],
    ['client_secret_expires_at in ms (B034)', { client_secret_expires_at: 1790000000000 }, 1790000000000],
    ['the standard field wins over expires_in (B037)', { client_secret_expires_at: 0, expires_in: 60 }, null],
    ['none: unknown (B037)', {}, null],
    ['0 is never', { client_secret_expires_at: 0 }, null],
    ['further than ten years is not believed (B031)', { expires_in: 9e11 }, null],
    ['absolute and too far', { expires_in: 1e300 }, null],
    ['words', { expires_in: 'never' }, null],
    ['a list', { expires_in: [5] }, null],
    ['an object', { expires_in: {} }, null],
    ['null', { expires_in: null }, null],
    ['empty', { expires_in: '' }, null],
  ])('expiry: %s', (_title, fields, expected) => {
    const { expiresAt } = registered({ client_id: 'x', ...fields });
    expect(expiresAt).toBe(expected);
  });

  test.each([
    ['ms as text', { issued_at: '1479312345678' }, 1479312345678],
    ['seconds', { issued_at: 1479312345 }, 1479312345000],
    ['RFC 7591', { client_id_issued_at: 1479312345 }, 1479312345000],
    ['nonsense', { issued_at: 'yesterday' }, null],
    ['too far ahead', { issued_at: 9e15 }, null],
  ])('issued_at: %s', (_title, fields, expected) => {
    expect(registered({ client_id: 'x', ...fields }).issuedAt).toBe(expected);
  });

  test.each([
    { client_id: 'x' },
    { client_id: 'x', client_secret: '' },
    { client_id: 'x', client_secret: null },
  ])('a public client has no secret (B038): %j', (body) =>
    expect(registered(body, 201).clientSecret).toBeNull(),
  );

  test('a numeric client_id and a missing content type are read', () => {
    expect(registered({ client_id: 42 }).clientId).toBe('42');
  });

  test('the authentication method of the response is kept, an unknown one is not', () => {
    const method = (value: string) =>
      registered({ client_id: 'x', token_endpoint_auth_method: value }, 201).tokenAuthMethod;
    expect(['none', 'client_secret_basic', 'client_secret_post'].map(method)).toEqual([
      'none',
      'client_secret_basic',
      'client_secret_post',
    ]);
    expect(method('private_key_jwt')).toBeUndefined();
  });

  test.each([
    ['client_id', '12345678901234567890', 'cannot carry exactly'],
    ['client_id', '"my client"', 'a blank'],
    ['client_secret', '98765432109876543210', 'cannot carry exactly'],
    ['client_secret', '"SECRET\\t"', 'a control character'],
    ['client_secret', '["SECRET"]', 'is not text'],
  ])('a %s of %s is refused with words', (name, value, words) => {
    const usual = { client_id: '"c"', client_secret: '"s"', [name]: value };
    const body = `{"client_id":${usual.client_id},"client_secret":${usual.client_secret}}`;
    const error = failure(response(200, body));
    expect(error.code).toBe('service-nonsense');
    expect(error.message).toContain(name);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('SECRET');
  });

  test.each([
    [
      { redirect_uris: ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/b'] },
      ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/b'],
    ],
    [{ redirect_url: 'http://127.0.0.1:1/a' }, ['http://127.0.0.1:1/a']],
    [{ redirect_uris: 7, redirect_uri: '' }, []],
    [{}, []],
  ])('the redirect addresses of %j', (more, addresses) => {
    expect(read(response(200, { client_id: 'c', ...more }))).toMatchObject({ redirectUris: addresses });
  });

  test('own fields only, the last duplicate wins (B056)', () => {
    expect(registered('{"client_id":"a","client_id":"b"}').clientId).toBe('b');
    expect(failure(response(200, '{"__proto__":{"client_id":"x"}}')).code).toBe('service-nonsense');
  });
});

describe('the standard form is required', () => {
  const asks = [
    response(400, {
      error: 'invalid_redirect_uri',
      error_description: 'redirect_uris is mandatory property',
    }),
    response(400, { error: 'invalid_client_metadata' }),
    response(422, { detail: [{ loc: ['body', 'redirect_uris'], msg: 'Field required' }] }),
  ];
  test.each(asks.map((ask) => [ask.status, ask] as const))('after status %i', (_status, ask) => {
    expect(read(ask)).toEqual({ kind: 'try-rfc7591' });
    expect(failure(ask, 'rfc7591-plain').code).toBe('service-refused');
  });

  test('a standard server that refuses the optional metadata gets a plain request, once', () => {
    const refusal = response(400, { error: 'invalid_client_metadata', error_description: 'grant_types' });
    expect(read(refusal, 'rfc7591')).toEqual({ kind: 'try-rfc7591-plain' });
    expect(failure(refusal, 'rfc7591-plain').code).toBe('service-refused');
    expect(failure(response(400, { error: 'invalid_redirect_uri' }), 'rfc7591').code).toBe('service-refused');
  });

  test('not after another error, nor after a status that is no opinion on the body', () => {
    expect(failure(response(400, { error: 'invalid_request' })).code).toBe('service-refused');
    expect(failure(response(503, 'redirect_uris')).code).toBe('service-failed');
  });
});

describe('a response without a registration', () => {
  test('an empty 200 (B041)', () => {
    const error = failure(response(200, ''));
    expect(error.message).toContain('registration response was empty');
    expect([error.code, error.exitCode, error.phase]).toEqual(['service-nonsense', 6, 'register']);
  });

  test.each([
    [
      'HTML with 200 (B053)',
      response(200, '<!DOCTYPE html>SECRET', [['Content-Type', 'text/html']]),
      'service-nonsense',
      6,
    ],
    [
      'HTML that calls itself JSON (B053)',
      response(200, '<html>SECRET', [['content-type', 'application/json']]),
      'service-nonsense',
      6,
    ],
    [
      'half a form (B055)',
      response(200, 'client_id=SECRET&oops', [['content-type', 'text/plain']]),
      'service-nonsense',
      6,
    ],
    ['JSON without an id', response(200, { client_secret: 'SECRET' }), 'service-nonsense', 6],
    ['a list', response(200, ['SECRET']), 'service-nonsense', 6],
    ['404', response(404, 'SECRET'), 'service-refused', 6],
    ['401', response(401, { message: 'SECRET' }), 'access-denied', 4],
    ['500', response(500, 'SECRET'), 'service-failed', 6],
    ['an id with 202', response(202, { client_id: 'SECRET' }), 'service-nonsense', 6],
    [
      'an error with 200',
      response(200, { error: 'invalid_request', client_id: 'SECRET' }),
      'service-refused',
      6,
    ],
  ])('%s: named without its body', (_title, given, code, exitCode) => {
    const error = failure(given);
    expect([error.code, error.exitCode]).toEqual([code, exitCode]);
    expect(error.message).toContain('bim.example');
    expect(error.message).toContain(`status ${given.status}`);
    expect(`${error.message} ${error.hint}`).not.toContain('SECRET');
    expect(error.message).not.toContain('\n');
  });

  test('a redirect is an error that names where to, without its query (B061)', () => {
    const error = failure(response(302, '', [['Location', 'https://login.example/x?code=SECRET']]));
    expect(error.code).toBe('unexpected-redirect');
    expect(error.message).toContain('login.example');
    expect(error.message).not.toContain('SECRET');
  });

  test('the OAuth error is shown, cleaned and cut', () => {
    const error_description = `Missing [type]\u001b[31m\n${'x'.repeat(5000)}`;
    const error = failure(response(400, { error: 'invalid_request', error_description }));
    expect(error.message).toContain('invalid_request (Missing [type] [31m x');
    expect(error.message.length).toBeLessThan(300);
  });
});
