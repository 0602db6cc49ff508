// The base of the fakes is strict: it detects every missing, surplus and wrong call.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loopbackFault, pkceFault } from '../../support/pkce.js';
import { rawRequest } from '../../support/raw-http.js';
import { header, headerValues, StrictServer } from '../../support/strict-server.js';

const start = () =>
  StrictServer.start({
    one: { method: 'GET', path: '/one', handle: () => ({ status: 200, body: '1' }) },
    two: {
      method: 'POST',
      path: /\/two\/\d+/,
      handle: () => ({ status: 201, headers: [['X-Odd', 'M\xf6bel']] }),
    },
  });

describe('script', () => {
  test('a script that is kept has no complaint', async () => {
    await using server = await start();
    server.expectCalls(['one', 'two']);
    await rawRequest(`${server.origin}/one`);
    await rawRequest(`${server.origin}/two/7`, { body: 'x' });
    expect(() => server.assertDone()).not.toThrow();
  });

  test.each([
    ['a missing call, in order', ['one', 'two'], ['one'], /missing call: two/],
    ['a missing call, by count', { one: 2 }, ['one'], /missing call: one \(1 of 2\)/],
    ['a surplus call, in order', ['one'], ['one', 'one'], /surplus call: one/],
    ['a surplus call, by count', { one: 1 }, ['one', 'one'], /surplus call: one/],
    ['the wrong order', ['two/1', 'one'], ['one'], /surplus call: one/],
    ['a call to nowhere', ['one'], ['three'], /wrong call: GET \/three/],
    ['a longer path', ['one'], ['one/more'], /wrong call: GET \/one\/more/],
    ['the wrong method', { two: 1 }, ['two/1'], /wrong call: GET \/two\/1/],
  ])('complains of %s', async (_, script, paths, complaint) => {
    await using server = await start();
    server.expectCalls(script as string[]);
    for (const path of paths) await rawRequest(`${server.origin}/${path}`);
    expect(() => server.assertDone()).toThrow(complaint);
  });

  test('a surplus call gets 500, so that the client notices too', async () => {
    await using server = await start();
    server.expectCalls([]);
    expect((await rawRequest(`${server.origin}/one`)).status).toBe(500);
    expect(server.takeComplaints()).toHaveLength(1);
  });

  test('disposing throws a complaint that was not taken', async () => {
    const server = await start();
    server.complain('something');
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('something');
  });
});

describe('records', () => {
  test('names, order, spelling and bytes of a request', async () => {
    await using server = await start();
    const body = Buffer.from([0, 255, 13, 10]);
    await rawRequest(`${server.origin}/two/1?a=b`, {
      headers: { 'X-ODD-case': '1', 'x-odd-CASE2': '2' },
      body,
    });
    const [seen] = server.callsTo('two');
    expect(seen).toMatchObject({ target: '/two/1?a=b', path: '/two/1', framing: 'length', complete: true });
    expect(seen?.rawHeaders.filter((name) => name.toLowerCase().startsWith('x-'))).toEqual([
      'X-ODD-case',
      'x-odd-CASE2',
    ]);
    expect(seen?.body).toEqual(body);
    expect(seen?.sha256).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('a chunked body', async () => {
    await using server = await start();
    await rawRequest(`${server.origin}/two/1`, { body: 'abc', chunked: true });
    expect(server.calls[0]).toMatchObject({ framing: 'chunked', complete: true });
  });

  test('a repeated field fits nothing', () => {
    const seen = { rawHeaders: ['Token', 'a', 'token', 'b'] };
    expect(headerValues(seen, 'TOKEN')).toEqual(['a', 'b']);
    expect(header(seen, 'Token')).toBe('a | b');
    expect(header(seen, 'absent')).toBeUndefined();
  });

  test('a response has no field but its own and the framing', async () => {
    await using server = await start();
    const response = await rawRequest(`${server.origin}/two/1`, { body: '' });
    const names = response.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toEqual(['X-Odd', 'Content-Length', 'Date', 'Connection']);
    expect(response.header('x-odd')).toBe('M\xf6bel');
  });

  test('listens on 127.0.0.1 only', async () => {
    await using server = await start();
    await expect(rawRequest(`${server.origin.replace('127.0.0.1', '[::1]')}/one`)).rejects.toThrow();
  });
});

describe('PKCE and redirect rules', () => {
  // The pair of RFC 7636, appendix B.
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

  test('PKCE as in RFC 7636, appendix B', () => {
    expect(pkceFault(challenge, verifier)).toBeNull();
    expect(pkceFault(challenge, `${verifier}x`)).toMatch(/does not match/);
    expect(pkceFault(challenge, 'short')).toMatch(/43 to 128/);
    expect(pkceFault(challenge, null)).toMatch(/no code_verifier/);
    expect(pkceFault(null, verifier)).toMatch(/without a code_challenge/);
    expect(pkceFault(null, null)).toBeNull();
  });

  test.each([
    ['http://127.0.0.1:4711/callback', true],
    ['http://localhost:4711/callback', false],
    ['http://127.0.0.1/callback', false],
    ['https://127.0.0.1:4711/callback', false],
    ['http://127.0.0.1:4711/callback?x=1', false],
    ['http://127.0.0.1:4711/a%20b', false],
    ['nonsense', false],
  ])('redirect address %s: %s (B002)', (value, fine) => {
    expect(loopbackFault(value) === null).toBe(fine);
  });
});
