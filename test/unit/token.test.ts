// The token request in both encodings, and the responses that are understood, retried or refused (PROTOCOL 1.4).

import { describe, expect, test } from 'vitest';
import { readTokenResponse, type TokenResponse, tokenRequest } from '../../src/protocol/oauth/token.js';
import { registerSecret, Secret } from '../../src/secret.js';

const URL_ = 'https://bim.example/oauth/access';
const NOW = Date.UTC(2026, 0, 1);

const grant = {
  type: 'authorization_code',
  code: new Secret('code+/=&1'),
  redirectUri: 'http://127.0.0.1:4711/callback',
  codeVerifier: new Secret('verifier-1234'),
} as const;

function response(status: number, body: unknown, type: string | null = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers: [string, string][] = type === null ? [] : [['Content-Type', type]];
  return { status, headers, body: new TextEncoder().encode(text) };
}

function read(
  given: ReturnType<typeof response>,
  previousRefreshToken: Secret | null = null,
  encoding: 'json' | 'form' = 'form',
): TokenResponse {
  return readTokenResponse(given, { url: URL_, now: NOW, previousRefreshToken, encoding });
}

function granted(body: unknown, type?: string | null) {
  const received = read(response(200, body, type));
  if (received.kind !== 'token') throw new Error(`no token but ${received.kind}`);
  return received;
}

function refused(given: ReturnType<typeof response>) {
  const received = read(given);
  if (received.kind !== 'refused') throw new Error(`not refused but ${received.kind}`);
  return received;
}

describe('the request', () => {
  const client = { clientId: 'x y', clientSecret: new Secret('a:b%c+d') };
  const parameters = {
    grant_type: 'authorization_code',
    code: 'code+/=&1',
    redirect_uri: 'http://127.0.0.1:4711/callback',
    code_verifier: 'verifier-1234',
    client_id: 'x y',
    client_secret: 'a:b%c+d',
  };

  test('the form is a string with exactly the header that BIMserver requires (B049, B046)', () => {
    const request = tokenRequest('form', { url: URL_, grant, client });
    expect(request.headers).toEqual({
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
    });
    expect(typeof request.body).toBe('string');
    expect(request.body).toContain('code=code%2B%2F%3D%261&');
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual(parameters);
    expect(request.url).toBe(URL_);
  });

  test('JSON holds the same parameters', () => {
    const request = tokenRequest('json', { url: URL_, grant, client });
    expect(request.headers['Content-Type']).toBe('application/json');
    expect(JSON.parse(request.body)).toEqual(parameters);
  });

  test.each(['json', 'form'] as const)('no secret: not even an empty one (%s, B038)', (encoding) => {
    const { body } = tokenRequest(encoding, {
      url: URL_,
      grant,
      client: { clientId: 'x', clientSecret: null },
    });
    expect(body).not.toContain('client_secret');
    expect(body).toContain('client_id');
  });

  test('method none: a secret is not sent', () => {
    const request = tokenRequest('form', {
      url: URL_,
      grant,
      client: { ...client, tokenAuthMethod: 'none' },
    });
    expect(request.body).not.toContain('client_secret');
    expect(request.headers).not.toHaveProperty('Authorization');
  });

  test('Basic: both parts form-encoded, and nothing of it in the body (B062)', () => {
    const basic = { ...client, tokenAuthMethod: 'client_secret_basic' } as const;
    const request = tokenRequest('form', { url: URL_, grant, client: basic });
    const [scheme, value = ''] = (request.headers.Authorization ?? '').split(' ');
    expect(scheme).toBe('Basic');
    expect(Buffer.from(value, 'base64').toString()).toBe('x+y:a%3Ab%25c%2Bd');
    expect(request.body).not.toMatch(/client_secret|client_id/);
  });

  test('a refresh carries the refresh token and no code', () => {
    const refresh = { type: 'refresh_token', refreshToken: new Secret('refresh-1') } as const;
    const { body } = tokenRequest('form', {
      url: URL_,
      grant: refresh,
      client: { clientId: 'x', clientSecret: null },
    });
    expect(body).toBe('grant_type=refresh_token&refresh_token=refresh-1&client_id=x');
  });
});

describe('what a response does not say', () => {
  test('a server that fails says nothing of the client, whatever its body has', () => {
    const received = refused(response(503, { error: 'invalid_client' }));
    expect(received).toMatchObject({
      oauthError: null,
      maybeEncoding: false,
      error: { code: 'service-failed' },
    });
  });

  test.each([202, 206])('a token with status %d is not granted', (status) => {
    expect(refused(response(status, { access_token: 'ab12' })).error.code).toBe('service-nonsense');
  });

  test('an error that repeats a secret does not show it', () => {
    registerSecret('refresh-token-1');
    const { message } = refused(response(400, { error: 'no refresh-token-1' })).error;
    expect(message).toContain('no [secret]');
  });

  test.each(['refresh\u0007', 'two words', 7.5])(
    'the refresh token %j is left out, with a note',
    (refresh_token) => {
      const { token, notes } = granted({ access_token: 'ab12', refresh_token });
      expect([token.refreshToken, notes.length]).toEqual([null, 1]);
    },
  );
});

describe('a token', () => {
  test('of BIMserver: all fields, resource_url kept', () => {
    const { token, notes } = granted({
      access_token: 'ab12',
      refresh_token: 'rr34',
      expires_in: 3600,
      resource_url: 'https://bim.example/services/77',
      soid: '77',
    });
    expect(token.accessToken.reveal()).toBe('ab12');
    expect(token.refreshToken?.reveal()).toBe('rr34');
    expect(token).toMatchObject({
      expiresAt: NOW + 3_600_000,
      obtainedAt: NOW,
      resourceUrl: 'https://bim.example/services/77',
    });
    expect(notes).toEqual([]);
  });

  test('of the original form: access_token alone, without token_type (B050) or content type', () => {
    const { token } = granted({ access_token: 'a' }, null);
    expect(token).toMatchObject({ refreshToken: null, expiresAt: null, resourceUrl: null });
  });

  test.each([
    ['"3599"', NOW + 3_599_000],
    ['3599.0', NOW + 3_599_000],
    ['"3599.0"', NOW + 3_599_000],
    ['3.6e3', NOW + 3_600_000],
    ['""', null],
    ['"never"', null],
    ['null', null],
    ['-1', null],
    ['1e30', null],
    ['1e999', null],
    ['[]', null],
    ['{}', null],
    ['true', null],
  ])('expires_in %s (B044)', (value, expected) => {
    const { token, notes } = granted(`{"access_token":"a","expires_in":${value}}`);
    expect(token.expiresAt).toBe(expected);
    expect(notes).toHaveLength(expected === null ? 1 : 0);
  });

  test.each([
    [
      'a form',
      'access_token=abc&scope=&token_type=bearer',
      'application/x-www-form-urlencoded; charset=utf-8',
    ],
    ['a form called text', 'access_token=abc&token_type=bearer', 'text/plain'],
    ['a form that ends in an &', 'access_token=abc&token_type=bearer&', 'text/plain'],
    ['a form with a blank that is not encoded', 'access_token=abc&scope=read write', 'text/plain'],
    ['a form with a name alone', 'access_token=abc&scope&token_type=bearer', 'text/plain'],
    ['a BOM', '\ufeff{"access_token":"abc"}', 'application/json'],
    ['JSON called HTML', '{"access_token":"abc"}', 'text/html'],
    ['duplicates: the last (B056)', '{"access_token":"x","access_token":"abc"}', 'application/json'],
    ['lower-case type (B052)', '{"access_token":"abc","token_type":"bearer"}', 'application/json'],
    ['no type: null', '{"access_token":"abc","token_type":null}', 'application/json'],
  ])('%s is read (B046)', (_title, body, type) => {
    expect(granted(body, type).token.accessToken.reveal()).toBe('abc');
  });

  test.each([
    ['', null, 0],
    ['/services/5', null, 1],
    ['file:///etc/passwd', null, 1],
    ['https://u:p@bim.example/', null, 1],
    ['https://bim.example/\n', null, 1],
    [5, null, 1],
    ['http://bim.example:8080/services/5?x=1', 'http://bim.example:8080/services/5?x=1', 0],
  ])('resource_url %j', (value, expected, noteCount) => {
    const { token, notes } = granted({ access_token: 'a', resource_url: value });
    expect(token.resourceUrl).toBe(expected);
    expect(notes).toHaveLength(noteCount);
  });

  test('the old refresh token is kept when no new one came (B059)', () => {
    const old = new Secret('old-refresh');
    const kept = read(response(200, { access_token: 'b', expires_in: 3600 }), old);
    const replaced = read(response(200, { access_token: 'b', refresh_token: 'new-refresh' }), old);
    expect(kept.kind === 'token' && kept.token.refreshToken).toBe(old);
    expect(replaced.kind === 'token' && replaced.token.refreshToken?.reveal()).toBe('new-refresh');
  });
});

describe('the other encoding', () => {
  test.each([
    ['400 without words', response(400, '')],
    ['400 invalid_request', response(400, { error: 'invalid_request' })],
    ['405', response(405, 'ContentType must be application/x-www-form-urlencoded', 'text/html')],
    ['406', response(406, '')],
    ['415', response(415, '')],
    ['422', response(422, { detail: [] })],
    ['an empty 200', response(200, '', null)],
  ])('may do better after %s', (_title, given) => {
    expect(read(given)).toMatchObject({ kind: 'refused', maybeEncoding: true });
  });

  test.each([
    ['invalid_grant', response(400, { error: 'invalid_grant' })],
    ['invalid_client', response(400, { error: 'invalid_client' })],
    ['unauthorized_client', response(400, { error: 'unauthorized_client' })],
    ['401', response(401, '')],
    ['404', response(404, '')],
    ['500', response(500, '')],
    ['302', response(302, '')],
    ['HTML with 200', response(200, '<html>', 'text/html')],
  ])('does not help after %s', (_title, given) => {
    expect(read(given)).toMatchObject({ kind: 'refused', maybeEncoding: false });
  });
});

describe('a refusal', () => {
  test('an empty 200 (B047)', () => {
    const { error, oauthError } = refused(response(200, '', null));
    expect(error.message).toContain('token response was empty (code refused?)');
    expect([error.code, error.exitCode, error.phase, oauthError]).toEqual([
      'token-refused',
      4,
      'token',
      null,
    ]);
  });

  test.each([
    ['invalid_client', 401],
    ['invalid_grant', 400],
    ['unauthorized_client', 403],
    ['bad_verification_code', 200],
  ])('OAuth error %s with status %i: exit 4, by its name', (name, status) => {
    const { error, oauthError } = refused(
      response(status, { error: name, error_description: 'No\u202e way' }, null),
    );
    expect([error.code, error.exitCode, oauthError]).toEqual(['token-refused', 4, name]);
    expect(error.message).toContain(`${name} (No way)`);
  });

  test('a description that repeats the code does not show it', () => {
    const { error } = refused(
      response(400, { error: 'invalid_grant', error_description: 'unknown code code+/=&1' }),
    );
    expect(error.message).toContain('unknown code [secret]');
  });

  test.each([
    ['12345678901234567890', 'a number that JSON cannot carry exactly'],
    ['1.5', 'a number that JSON cannot carry exactly'],
    ['"SEC RET"', 'a blank'],
    ['"SECRET\\n"', 'a control character'],
    ['{"value":"SECRET"}', 'access_token'],
  ])('a token that is no token is refused with words: %s', (value, words) => {
    const { error } = refused(response(200, `{"access_token":${value}}`));
    expect(error.code).toBe('service-nonsense');
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(/SEC|123456/);
  });

  test('a refresh token that cannot be used costs only the refresh', () => {
    const { token, notes } = granted('{"access_token":"a","refresh_token":12345678901234567890}');
    expect(token.refreshToken).toBeNull();
    expect(notes).toEqual(['the refresh token is a number that JSON cannot carry exactly: ignored']);
  });

  test('a form that repeats a parameter is refused, and says so', () => {
    const { error } = refused(response(200, 'access_token=SECRET1&access_token=SECRET2', 'text/plain'));
    expect(error.code).toBe('service-nonsense');
    expect(error.message).toContain('a form that repeats a parameter');
  });

  test.each([
    [{ error: { code: 'invalid_grant', message: 'The code was used' } }, 'invalid_grant (The code was used)'],
    [{ error: { type: 'OAuthException', code: 190, message: 'Expired' } }, 'OAuthException (Expired)'],
    [{ error: { message: 'Nothing more' } }, 'error (Nothing more)'],
  ])('an error in an object shows its reason: %j', (body, words) => {
    expect(refused(response(400, body)).error.message).toContain(words);
  });

  test.each([
    ['json', 401, 'invalid_request', true],
    ['json', 401, 'invalid_client', true],
    ['json', 200, 'invalid_request', true],
    ['json', 200, 'invalid_grant', false],
    ['json', 401, 'invalid_grant', false],
    ['form', 401, 'invalid_client', false],
    ['form', 401, 'invalid_request', true],
  ] as const)('asked in %s, %i %s: the other encoding may help: %s', (encoding, status, error, other) => {
    expect(read(response(status, { error }), null, encoding)).toMatchObject({ maybeEncoding: other });
  });

  test.each([
    ['HTML (B053)', response(200, '<!DOCTYPE html>SECRET', 'text/html'), 'service-nonsense', 6],
    ['half a form (B055)', response(200, 'access_token=SECRET...&oops', 'text/plain'), 'service-nonsense', 6],
    ['broken JSON (B055)', response(200, '{"access_token":"SECRET"'), 'service-nonsense', 6],
    [
      'inherited fields (B056)',
      response(200, '{"__proto__":{"access_token":"SECRET"}}'),
      'service-nonsense',
      6,
    ],
    [
      'another token type (B050)',
      response(200, { access_token: 'SECRET', token_type: 'mac' }),
      'service-nonsense',
      6,
    ],
    [
      'a type that is no text',
      response(200, { access_token: 'SECRET', token_type: [1] }),
      'service-nonsense',
      6,
    ],
    [
      'a token that splits a header',
      response(200, { access_token: 'SECRET\r\nX: y' }),
      'service-nonsense',
      6,
    ],
    ['letters that no header carries', response(200, { access_token: 'SECRETä' }), 'service-nonsense', 6],
    ['an empty token', response(200, { access_token: '', id_token: 'SECRET' }), 'service-nonsense', 6],
    ['a redirect (B061)', response(302, 'SECRET'), 'unexpected-redirect', 6],
    ['500', response(500, 'SECRET'), 'service-failed', 6],
    [
      '503 in OAuth words',
      response(503, { error: 'temporarily_unavailable', x: 'SECRET' }),
      'service-failed',
      6,
    ],
    ['401 without words', response(401, 'SECRET', 'text/plain'), 'token-refused', 4],
    ['403 without words', response(403, 'SECRET'), 'token-refused', 4],
    ['400 without words', response(400, 'SECRET'), 'service-refused', 6],
    ['404', response(404, 'SECRET'), 'service-refused', 6],
  ])('%s: named, its body unseen', (_title, given, code, exitCode) => {
    const { error } = refused(given);
    expect([error.code, error.exitCode]).toEqual([code, exitCode]);
    expect(error.message).toContain('bim.example');
    expect(`${error.message} ${error.hint}`).not.toContain('SECRET');
  });
});
