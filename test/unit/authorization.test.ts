// The authorization address, the state, callbacks and pasted responses (PROTOCOL 1.3).

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  authorizationUrl,
  isOurState,
  makeState,
  nonceOf,
  pkceChallenge,
  readCallback,
  readPasted,
} from '../../src/protocol/oauth/authorization.js';
import { Secret } from '../../src/secret.js';

const NONCE = 'n0nce_-AZ';
const STATE = makeState('Fake IFC returning  service', NONCE);

describe('the address', () => {
  const request = {
    endpoint: 'https://bim.example/oauth/authorize?tenant=a%20b#top',
    clientId: 'id & $HOME %USERPROFILE%',
    redirectUri: 'http://127.0.0.1:4711/cb',
    state: STATE,
    codeChallenge: 'challenge',
    scope: null,
  };

  test.each([
    ['openid offline_access', 'consent'],
    ['openid', null],
    ['not_offline_access', null],
  ])('with the scope %s the prompt is %s (OpenID Connect Core 11)', (scope, prompt) => {
    const { searchParams } = authorizationUrl({ ...request, scope });
    expect([searchParams.get('scope'), searchParams.get('prompt')]).toEqual([scope, prompt]);
  });

  test('has every parameter once, keeps the query, drops the fragment (B028)', () => {
    const url = authorizationUrl(request);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: 'a b',
      auth_type: 'service',
      client_id: 'id & $HOME %USERPROFILE%',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:4711/cb',
      state: STATE,
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
    });
    expect(url.hash).toBe('');
    expect(url.pathname).toBe('/oauth/authorize');
  });

  test('writes a blank so that readers of forms and of URI components agree', () => {
    const { search } = authorizationUrl(request);
    expect(search).not.toContain('+');
    const state = /[?&]state=([^&]*)/.exec(search)?.[1] ?? '';
    expect(decodeURIComponent(state)).toBe(STATE);
  });
});

test('the S256 challenge of RFC 7636 appendix B', () => {
  const verifier = new Secret('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
  expect(pkceChallenge(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

describe('the state', () => {
  test('is JSON with the name and the nonce, without what a redirect loses', () => {
    const name = 'A & B # 1+1 = 100% „Prüfung“ 😀;"\\';
    const state = makeState(name, NONCE);
    expect(state).not.toMatch(/[&#+%;=]|[^\x20-\x7e]/);
    expect(JSON.parse(state)).toEqual({ _serviceName: name, nonce: NONCE });
  });

  test('any name survives the state, a URL and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const url = authorizationUrl({
          endpoint: 'http://127.0.0.1/a',
          clientId: 'c',
          redirectUri: 'http://127.0.0.1:1/cb',
          state: makeState(name, NONCE),
          codeChallenge: 'x',
          scope: null,
        });
        const back = new URL(url.href).searchParams;
        expect(JSON.parse(back.get('state') ?? '')._serviceName).toBe(name.toWellFormed());
        expect(isOurState(back, NONCE)).toBe(true);
      }),
    );
  });

  test.each([
    ['as sent', STATE],
    ['encoded once more', encodeURIComponent(STATE)],
    ['encoded twice more', encodeURIComponent(encodeURIComponent(STATE))],
    ['as a JSON array', `[${STATE},${STATE}]`],
    ['as a printed array', `${STATE},${STATE}`],
    ['as JSON text', JSON.stringify(STATE)],
    ['as an array of JSON texts', JSON.stringify([STATE, STATE])],
    ['with its members in another order', `{"nonce":"${NONCE}","x":1,"_serviceName":"y"}`],
  ])('is known again %s', (_title, state) => {
    expect(nonceOf(state)).toBe(NONCE);
    expect(isOurState(new URLSearchParams({ state }), NONCE)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['the bare nonce', NONCE],
    ['another nonce', makeState('x', 'other')],
    ['no nonce', '{"_serviceName":"x"}'],
    ['a nonce that is no text', '{"nonce":1}'],
    ['two nonces', `${STATE},${makeState('x', 'other')}`],
    ['one with and one without', `${STATE},{}`],
    ['broken JSON', STATE.slice(0, -1)],
    ['broken escapes', '%E0%A4%A'],
    ['null', 'null'],
  ])('is not ours: %s (B007)', (_title, state) => {
    expect(isOurState(new URLSearchParams({ state }), NONCE)).toBe(false);
  });

  test('every state of a callback must be ours, and one must be there', () => {
    const twice = new URLSearchParams([
      ['state', STATE],
      ['state', STATE],
    ]);
    expect(isOurState(twice, NONCE)).toBe(true);
    twice.append('state', makeState('x', 'other'));
    expect(isOurState(twice, NONCE)).toBe(false);
    expect(isOurState(new URLSearchParams('code=x'), NONCE)).toBe(false);
  });
});

describe('a callback', () => {
  test('of BIMserver: long code, unknown parameters, service address and soid joined (B020)', () => {
    const code = 'ab'.repeat(4096);
    const response = readCallback(
      new URLSearchParams({
        code,
        state: STATE,
        address: 'https://bim.example/json',
        serviceaddress: 'https://bim.example/services',
        soid: '1',
        websocketUrl: 'wss://bim.example/stream',
      }),
    );
    expect(response).toMatchObject({
      kind: 'code',
      resourceUrl: 'https://bim.example/services/1',
      issuer: null,
    });
    expect(response.kind === 'code' && response.code.reveal()).toBe(code);
  });

  test.each([
    ['https://bim.example/services', undefined, 'https://bim.example/services'],
    ['https://bim.example/services/', '7', 'https://bim.example/services/7'],
    ['https://bim.example/services/7', '7', 'https://bim.example/services/7'],
    ['https://bim.example/services', '../x', 'https://bim.example/services'],
    ['javascript:alert(1)', '7', null],
    ['https://a@bim.example/services', '7', null],
    [undefined, '7', null],
  ])('service address %s and soid %s', (serviceaddress, soid, expected) => {
    const parameters = new URLSearchParams({ code: 'c' });
    if (serviceaddress !== undefined) parameters.set('serviceaddress', serviceaddress);
    if (soid !== undefined) parameters.set('soid', soid);
    expect(readCallback(parameters)).toMatchObject({ kind: 'code', resourceUrl: expected });
  });

  test('an error wins over a code and is cleaned (B008)', () => {
    const parameters = new URLSearchParams({
      error: 'access_denied',
      error_description: 'No\u001b[2J\nway',
      code: 'x',
    });
    expect(readCallback(parameters)).toEqual({
      kind: 'error',
      error: 'access_denied',
      description: 'No [2J way',
      issuer: null,
    });
  });

  test('the issuer is given as sent (RFC 9207)', () => {
    expect(readCallback(new URLSearchParams('code=x&iss=https%3A%2F%2Fas.example'))).toMatchObject({
      issuer: 'https://as.example',
    });
  });

  test.each(['', 'code=', 'state=x'])('without code or error there is nothing (B019): "%s"', (query) => {
    expect(readCallback(new URLSearchParams(query))).toEqual({ kind: 'nothing' });
  });
});

describe('pasted', () => {
  const state = encodeURIComponent(STATE);
  const codeOf = (text: string): string | null => {
    const response = readPasted(text, NONCE);
    return response.kind === 'code' ? response.code.reveal() : null;
  };

  test.each([
    ['a bare code', '  ab/c+d=12\n', 'ab/c+d=12'],
    ['an address', `http://127.0.0.1:4711/cb?code=abc&state=${state}`, 'abc'],
    ['an address without state', 'http://127.0.0.1:4711/cb?code=abc#', 'abc'],
    [
      'an address without scheme, as some address bars copy it',
      `127.0.0.1:4711/cb?state=${state}&code=abc`,
      'abc',
    ],
    ['a query', '?code=abc', 'abc'],
    ['parameters', 'code=abc', 'abc'],
    ['the line of BIMserver', 'Would have redirected to: http://fakeaddress?code=abc&soid=5', 'abc'],
  ])('%s', (_title, text, code) => expect(codeOf(text)).toBe(code));

  test('an address of another login is refused', () => {
    const other = encodeURIComponent(makeState('x', 'other'));
    expect(readPasted(`http://127.0.0.1:4711/cb?code=abc&state=${other}`, NONCE)).toEqual({
      kind: 'wrong-state',
    });
  });

  test.each(['code=a&code=b', 'code=a&iss=x&iss=y', 'error=a&error=b', 'code=a&state=x&state=y'])(
    'an address with a parameter twice is refused: %s',
    (query) => {
      expect(readPasted(`http://127.0.0.1:4711/cb?${query}`, NONCE)).toEqual({ kind: 'repeated' });
    },
  );

  test('an address with an error is that error', () => {
    expect(readPasted(`http://127.0.0.1:4711/cb?error=access_denied&state=${state}`, NONCE)).toMatchObject({
      kind: 'error',
      error: 'access_denied',
    });
  });

  test.each([
    'abcdef0123 https://bim.example/services/5',
    'abcdef0123\nhttps://bim.example/services/5\n',
    'https://bim.example/services/5\r\nabcdef0123',
  ])('the two texts of SHOW_CODE: %j', (text) => {
    const response = readPasted(text, NONCE);
    expect(response).toMatchObject({ kind: 'token', resourceUrl: 'https://bim.example/services/5' });
    expect(response.kind === 'token' && response.token.reveal()).toBe('abcdef0123');
  });

  test.each(['', '  \n', 'https://bim.example/', 'two words', 'a b c', 'x file:///etc/passwd', 'cöde'])(
    'nothing: %j',
    (text) => {
      expect(readPasted(text, NONCE)).toEqual({ kind: 'nothing' });
    },
  );
});
