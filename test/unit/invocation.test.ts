// Step 4 on the wire: the headers of a model, and the meaning of a response head.
import { describe, expect, test } from 'vitest';
import { reasonText } from '../../src/protocol/invocation/failure-text.js';
import {
  classifyResponse,
  invocationHeaders,
  promisesJson,
  type ResponseHead,
  readResponseHead,
} from '../../src/protocol/invocation/invocation.js';
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

describe('classifyResponse', () => {
  test.each<[number, string | null, string, string | undefined]>([
    [200, null, 'result', undefined],
    [201, 'BCF_ZIP_2_0', 'result', undefined],
    [204, null, 'no-result', undefined],
    [205, null, 'no-result', undefined],
    [200, 'ERROR', 'service-failed', 'refused'],
    [200, 'error', 'service-failed', 'refused'],
    [206, null, 'result-incomplete', 'done'],
    [302, null, 'unexpected-redirect', 'refused'],
    [307, null, 'unexpected-redirect', 'refused'],
    [400, null, 'service-refused', 'refused'],
    [401, null, 'token-refused', 'refused'],
    [403, null, 'token-refused', 'refused'],
    [404, null, 'service-refused', 'refused'],
    [407, null, 'proxy-failed', 'not-sent'],
    [413, null, 'service-refused', 'refused'],
    [429, null, 'service-refused', 'refused'],
    [500, null, 'service-failed', 'refused'],
    [502, null, 'service-failed', 'unknown'],
    [503, null, 'service-failed', 'refused'],
    [504, null, 'service-failed', 'unknown'],
  ])('%i with Output-Type %s is %s, %s', (status, outputType, expected, outcome) => {
    const verdict = classifyResponse(head({ status, outputType }), 'a-service');
    expect(verdict.kind === 'failure' ? [verdict.code, verdict.outcome] : [verdict.kind, undefined]).toEqual([
      expected,
      outcome,
    ]);
  });

  test('a page with 403 comes from what stands before the service: it is not about the token', () => {
    const page = { status: 403, contentType: 'text/html; charset=utf-8' };
    expect(classifyResponse(head(page), 's')).toMatchObject({
      code: 'service-refused',
      words: expect.stringContaining('firewall or gateway'),
      hint: expect.not.stringContaining('Authorize again'),
    });
    const challenged = classifyResponse(head({ ...page, challenge: 'Bearer' }), 's');
    expect(challenged).toMatchObject({ code: 'token-refused' });
  });

  test('B097: a redirect names the host it leads to and nothing of its query', () => {
    const verdict = classifyResponse(
      head({ status: 302, location: 'https://login.example.org/?next=secret' }),
      's',
    );
    expect(verdict.kind === 'failure' && verdict.words).toBe(
      'redirected to login.example.org (302) instead of responding',
    );
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

test.each<[Partial<ResponseHead>, string | null, boolean]>([
  [{ outputType: 'VALIDATION_JSON_1_0' }, null, true],
  [{ contentType: 'application/json; charset=utf-8' }, null, true],
  [{ contentType: 'application/vnd.bim+json' }, null, true],
  [{}, 'ifc_json_4', true],
  [{ outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0', contentType: 'text/plain' }, null, false],
  [{ contentType: 'application/x-ndjson' }, null, false],
  [{ contentType: 'application/json-seq' }, null, false],
  [{}, null, false],
])('%j with --expect %s promises one JSON document: %s', (fields, expected, promised) => {
  expect(promisesJson(head(fields), expected)).toBe(promised);
});
