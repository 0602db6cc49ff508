// One plan of the request: which headers, which flow, and what of it can be shown.
import { expect, test } from 'vitest';
import type { Access } from '../../../src/core/invocation/access.js';
import {
  planBody,
  planRequest,
  requestHeaders,
  shownHeaders,
} from '../../../src/core/invocation/plan-request.js';
import type { ModelSource } from '../../../src/core/ports/model.js';
import { dialectOf } from '../../../src/protocol/dialects/dialect-of.js';
import { Secret } from '../../../src/secret.js';
import { serviceAt } from '../workbench.js';

const url = 'https://bim.example/services/7';
const service = { ...serviceAt('https://bim.example', { resourceUrl: url }), outputs: ['BCF_ZIP_2_1'] };
const access = (streamUrl: string | null, token: Secret | null = new Secret('t0ken')): Access => ({
  url,
  token,
  source: null,
  sendAs: 'Authorization',
  dialect: dialectOf({ resourceUrl: url }),
  streamUrl,
  expiresAt: null,
});
const asked = { expect: null, contextId: null, flow: 'auto', jobs: 1 } as const;

const model: ModelSource = {
  path: 'house.ifc',
  length: 12,
  detected: { kind: 'refused', reason: 'empty', message: '' },
  repeatable: true,
  body: async function* () {},
  [Symbol.asyncDispose]: async () => {},
};

test.each([
  ['auto', 1, 'wss://x/stream', { required: false }],
  ['auto', 1, null, null],
  ['auto', 4, 'wss://x/stream', null],
  ['async', 4, 'wss://x/stream', { required: true }],
  ['sync', 1, 'wss://x/stream', null],
] as const)('--flow %s with %i jobs and the websocket %s', (flow, jobs, stream, channel) => {
  const plan = planRequest(service, access(stream), { ...asked, flow, jobs });
  if (channel === null) expect(plan.channel).toBeNull();
  else expect(plan.channel).toMatchObject({ url: stream, ...channel });
});

test('--flow async without a websocket, or without a token, is a usage error', () => {
  for (const without of [access(null), access('wss://x/stream', null)])
    expect(() => planRequest(service, without, { ...asked, flow: 'async' })).toThrow(
      expect.objectContaining({ code: 'usage', outcome: 'not-sent' }),
    );
});

test('what is shown is what is sent, without the token and with the framing', () => {
  const plan = planBody(planRequest(service, access('wss://x/stream'), asked), {
    model,
    inputType: 'IFC',
    form: null,
  });
  const sent = requestHeaders(plan, { sendAs: 'Authorization', listens: true });
  expect(sent.Authorization).toBe('Bearer t0ken');
  expect(sent['Accept-Flow']).toBe('ASYNC_WS,SYNC');
  expect(shownHeaders(plan)).toEqual({ ...sent, Authorization: 'Bearer [secret]', 'Content-Length': '12' });
  const stream = { ...plan, model: { ...model, length: null }, length: null };
  expect(shownHeaders(stream)).toMatchObject({ 'Transfer-Encoding': 'chunked' });
  expect(JSON.stringify(shownHeaders({ ...plan, sendAs: 'Token' }))).not.toContain('t0ken');
});

test('the type that is asked for: the one of --expect, else the only one that the service lists', () => {
  const outputs = (listed: string[], expected: string | null) =>
    planRequest({ ...service, outputs: listed }, access(null), { ...asked, expect: expected }).outputType;
  expect(outputs(['BCF_ZIP_2_1'], null)).toBe('BCF_ZIP_2_1');
  expect(outputs(['BCF_ZIP_2_1', 'TXT'], null)).toBeNull();
  expect(outputs(['a b'], null)).toBeNull();
  expect(outputs(['bcf_zip_2_1'], 'BCF_ZIP_2_1')).toBe('bcf_zip_2_1');
});
