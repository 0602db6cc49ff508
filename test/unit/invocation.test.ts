// Step 4 on the wire: the headers of a model, and the meaning of a response head.
import { describe, expect, test } from 'vitest';
import { reasonText } from '../../src/protocol/invocation/failure-text.js';
import { invocationHeaders } from '../../src/protocol/invocation/invocation.js';
import {
  addressText,
  type ResponseHead,
  readResponseHead,
  retryAfterSeconds,
} from '../../src/protocol/invocation/response-head.js';
import { failureOfStatus } from '../../src/protocol/invocation/response-status.js';
import { Secret } from '../../src/secret.js';

const head = (fields: Partial<ResponseHead>): ResponseHead => ({ ...readResponseHead(200, []), ...fields });

test('an open service gets no Authorization, and only the requested headers', () => {
  expect(
    invocationHeaders({
      token: null,
      inputType: 'IFC_STEP_4',
      outputType: null,
      contextId: null,
      sendAs: 'Authorization',
      flow: null,
      formType: null,
    }),
  ).toEqual({
    'Content-Type': 'application/octet-stream',
    'Input-Type': 'IFC_STEP_4',
    Accept: '*/*',
    'Accept-Encoding': 'identity',
  });
});

test('B052: the token goes as `Bearer`, one blank, the token', () => {
  const headers = invocationHeaders({
    token: new Secret('abcdef0123'),
    inputType: 'x',
    outputType: 'BCF_ZIP_2_1',
    contextId: 'c-1',
    sendAs: 'Authorization',
    flow: 'ASYNC_WS,SYNC',
    formType: null,
  });
  expect(headers).toMatchObject({
    Authorization: 'Bearer abcdef0123',
    'Output-Type': 'BCF_ZIP_2_1',
    'Context-Id': 'c-1',
    'Accept-Flow': 'ASYNC_WS,SYNC',
  });
});

test('PROTOCOL 1.9: quotes around a value are not part of it, control characters never get through', () => {
  const read = readResponseHead(200, [
    ['OUTPUT-TYPE', '"BCF_ZIP_2_0"'],
    ['Data-Title', 'Two\u001b[31m clashes'],
    ['context-id', ''],
  ]);
  expect(read).toMatchObject({
    outputType: 'BCF_ZIP_2_0',
    title: 'Two [31m clashes',
    contextId: null,
    disposition: null,
  });
});

const URL_SENT = 'https://bim.example.org/run';

describe('failureOfStatus', () => {
  test.each<[number, string, string]>([
    [202, 'accepted', 'unknown'],
    [206, 'result-incomplete', 'done'],
    [302, 'unexpected-redirect', 'refused'],
    [307, 'unexpected-redirect', 'refused'],
    [400, 'service-refused', 'refused'],
    [401, 'token-refused', 'refused'],
    [403, 'token-refused', 'refused'],
    [404, 'service-refused', 'refused'],
    [407, 'proxy-failed', 'not-sent'],
    [413, 'service-refused', 'refused'],
    [429, 'service-refused', 'refused'],
    [500, 'service-failed', 'refused'],
    [502, 'outcome-unknown', 'unknown'],
    [503, 'service-failed', 'refused'],
    [504, 'outcome-unknown', 'unknown'],
  ])('%i is %s, %s', (status, code, outcome) => {
    expect(failureOfStatus(head({ status }), 'a-service', URL_SENT)).toMatchObject({ code, outcome });
  });

  test('a page with 403 comes from what stands before the service: it is not about the token', () => {
    const page = { status: 403, contentType: 'text/html; charset=utf-8' };
    expect(failureOfStatus(head(page), 's', URL_SENT)).toMatchObject({
      code: 'service-refused',
      words: expect.stringContaining('firewall or gateway'),
      hint: expect.not.stringContaining('Authorize again'),
    });
    const challenged = failureOfStatus(head({ ...page, challenge: 'Bearer' }), 's', URL_SENT);
    expect(challenged).toMatchObject({ code: 'token-refused' });
  });

  test.each([302, 401, 403])('%i of an open service: no step leads to an authorization', (status) => {
    const facts = { refusesWithPages: false, entry: 'open', hasToken: false } as const;
    const { hint } = failureOfStatus(head({ status }), 's', URL_SENT, facts);
    expect(hint).toContain('bimservice list s');
    expect(hint).not.toMatch(/authorize|account/);
  });

  test('B097: a redirect names the host it leads to and nothing of its query', () => {
    const location = 'https://login.example.org/?next=secret';
    const { words } = failureOfStatus(head({ status: 302, location }), 's', URL_SENT);
    expect(words).toBe('redirected to login.example.org (302) instead of responding');
  });

  test('a run that is accepted names the address that its result can be asked for at', () => {
    const { hint } = failureOfStatus(
      head({ status: 202, location: '/jobs/1?id=7&token=abc' }),
      's',
      URL_SENT,
    );
    expect(hint).toContain('https://bim.example.org/jobs/1?id=7&token=[secret]');
  });
});

test.each([
  ['/jobs/1', 'https://bim.example.org/jobs/1'],
  ['https://u:p@other.example/j?sig=1&n=2#f', 'https://other.example/j?sig=[secret]&n=2'],
  ['http://[broken?a=b', 'http://[broken'],
])('%s is shown as %s', (location, shown) => {
  expect(addressText(location, URL_SENT)).toBe(shown);
});

describe('Retry-After', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  test.each<[string | null, string | null, number | null]>([
    [null, null, null],
    ['120', null, 120],
    ['0', null, 0],
    ['1.2', null, 2],
    ['Sun, 01 Mar 2026 12:02:00 GMT', null, 120],
    ['Sunday, 01-Mar-26 12:02:00 GMT', null, 120],
    ['Sun, 01 Mar 2026 13:02:00 GMT', 'Sun, 01 Mar 2026 13:00:00 GMT', 120],
    ['Sun, 01 Mar 2026 11:00:00 GMT', null, 0],
    ['soon', null, null],
    ['-5', null, null],
    ['1e9', null, null],
    ['Never, ever', null, null],
  ])('%s (Date: %s) is %s seconds', (retryAfter, date, seconds) => {
    expect(retryAfterSeconds(head({ retryAfter, date }), now)).toBe(seconds);
  });
});

test.each([
  ['{"code":500,"message":"No deserializer found"}', '500: No deserializer found'],
  ['{"error":"invalid","error_description":"Too old"}', 'Too old'],
  [
    '<html><head><title>413</title></head><body><h1>Request &amp; Entity</h1> too large</body></html>',
    'Request & Entity too large',
  ],
  ['plain\nreason\u0007', 'plain reason'],
  ['', ''],
])('B104: the reason in %j', (body, reason) => {
  expect(reasonText(body)).toBe(reason);
});
