// A refused token: refreshed once at a real OAuth server, and the model is sent again only where nothing ran.
import { expect, test } from 'vitest';
import { planBody, planRequest, type RequestOptions } from '../../../src/core/invocation/plan-request.js';
import type { Invocation } from '../../../src/core/invocation/send-model.js';
import { type Attempt, sendRefreshing } from '../../../src/core/invocation/send-refreshing.js';
import type { AccessToken } from '../../../src/core/ports/credentials.js';
import type { ModelSource } from '../../../src/core/ports/model.js';
import { BimServiceError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { type OAuthPlans, refused } from '../oauth-server.js';
import { NOW } from '../workbench.js';
import { AccessBench, HOUR } from './access-bench.js';

const OPTIONS: RequestOptions = { expect: null, contextId: null, flow: 'sync', jobs: 1 };

const DONE: Invocation = {
  outcome: 'done',
  sentBytes: 5,
  sentSha256: null,
  status: 200,
  contextId: null,
  flow: 'sync',
  output: null,
  lacksScope: false,
  timing: { uploadMs: 1, waitMs: 1, downloadMs: 1 },
  error: null,
};

const REFUSED: Invocation = {
  ...DONE,
  outcome: 'refused',
  status: 401,
  error: new BimServiceError('token-refused', 'check did not accept the token (401)', { outcome: 'refused' }),
};

const model = (repeatable: boolean): ModelSource => ({
  path: 'house.ifc',
  length: 5,
  detected: { kind: 'refused', reason: 'empty', message: '' },
  repeatable,
  body: async function* () {},
  [Symbol.asyncDispose]: async () => {},
});

interface Sent {
  token: string | undefined;
  refreshesFirst: boolean;
}

/** Sends with the stored token to a service that gives `responses`, one for each attempt. */
async function sendTo(
  responses: readonly Invocation[],
  more: {
    plans?: OAuthPlans;
    token?: Partial<AccessToken>;
    environmentToken?: string;
    repeatable?: boolean;
    onSend?: (at: AccessBench) => void;
  } = {},
) {
  await using at = await AccessBench.start(more.plans);
  await at.store({ expiresAt: NOW + HOUR, refreshToken: new Secret('refresh-token-1'), ...more.token });
  const environmentToken =
    more.environmentToken === undefined
      ? null
      : ({ kind: 'used', token: new Secret(more.environmentToken), isBound: true } as const);
  const access = await at.access({ environmentToken });
  const body = { model: model(more.repeatable ?? true), inputType: 'IFC_STEP_4', form: null };
  const prepared = planBody(planRequest(at.service, access, OPTIONS), body);
  const left = [...responses];
  const sent: Sent[] = [];
  const send = async ({ prepared: { token }, refreshesFirst }: Attempt) => {
    sent.push({ token: token?.reveal(), refreshesFirst });
    more.onSend?.(at);
    const response = left.shift();
    if (response === undefined) throw new Error('one attempt too many');
    return response;
  };
  const input = { service: at.service, environmentToken, insecure: false, prepared, options: OPTIONS, send };
  const { invocation, url } = await sendRefreshing(input, at.bench.ports, at.bench.signal);
  const stored = await at.bench.ports.store.readToken(at.service);
  return {
    invocation,
    url,
    sent,
    refreshes: at.server.callsTo('token').length,
    stored: stored?.accessToken.reveal(),
    lines: at.bench.lines.join('\n'),
    resourceUrl: at.service.resourceUrl,
  };
}

test('a token that is accepted: one attempt', async () => {
  const done = await sendTo([DONE]);
  expect(done).toMatchObject({ invocation: DONE, refreshes: 0, url: done.resourceUrl });
  expect(done.sent).toEqual([{ token: 'stored-token-1', refreshesFirst: true }]);
});

test('a refused token: one refresh, and the model is sent again with the new one', async () => {
  const done = await sendTo([REFUSED, DONE]);
  expect(done).toMatchObject({ invocation: DONE, refreshes: 1, stored: 'access-1' });
  expect(done.sent).toEqual([
    { token: 'stored-token-1', refreshesFirst: true },
    { token: 'access-1', refreshesFirst: false },
  ]);
  expect(done.lines).toContain('sending again with a refreshed one');
});

test('a second refusal is final', async () => {
  const done = await sendTo([REFUSED, REFUSED]);
  expect(done).toMatchObject({ invocation: { error: { code: 'token-refused' } }, refreshes: 1 });
  expect(done.sent).toHaveLength(2);
});

test.each<[string, Partial<Invocation>, boolean, RegExp]>([
  ['may have run', { outcome: 'unknown' }, true, /The job may have run/],
  ['came from a pipe', {}, false, /could be read only once/],
])('a model that %s is not sent again; the next run has the new token', async (_, more, repeatable, hint) => {
  const done = await sendTo([{ ...REFUSED, ...more }], { repeatable });
  expect(done).toMatchObject({ refreshes: 1, stored: 'access-1' });
  expect(done.sent).toHaveLength(1);
  expect(done.invocation.error).toMatchObject({ code: 'token-refused', hint: expect.stringMatching(hint) });
});

test.each<[string, Partial<Invocation>]>([
  ['a 403', { status: 403 }],
  ['a missing scope', { lacksScope: true }],
  ['another error', { error: new BimServiceError('service-failed', 'failed (500)') }],
])('%s is not about the token: nothing is refreshed', async (_, more) => {
  const refusal = { ...REFUSED, ...more };
  expect(await sendTo([refusal])).toMatchObject({
    invocation: refusal,
    refreshes: 0,
    stored: 'stored-token-1',
  });
});

test.each<[string, Partial<AccessToken>]>([
  ['has no refresh token', { refreshToken: null }],
  ['was refused a refresh before', { refreshRefused: true }],
])('a token that %s is not refreshed', async (_, token) => {
  const done = await sendTo([REFUSED], { token });
  expect(done).toMatchObject({ invocation: REFUSED, refreshes: 0 });
  expect(done.sent).toEqual([{ token: 'stored-token-1', refreshesFirst: false }]);
});

test('a refresh that the server refuses leaves the refusal as it is, with a warning', async () => {
  const done = await sendTo([REFUSED], { plans: { token: [refused('invalid_grant')] } });
  expect(done).toMatchObject({ invocation: REFUSED, refreshes: 1 });
  expect(done.lines).toContain('warn: the refused token could not be refreshed');
});

test('a refused token of the environment: which secret to replace, and no refresh', async () => {
  const done = await sendTo([REFUSED], { environmentToken: 'of-the-pipeline' });
  expect(done).toMatchObject({ refreshes: 0, stored: 'stored-token-1' });
  expect(done.sent).toEqual([{ token: 'of-the-pipeline', refreshesFirst: false }]);
  expect(done.invocation.error?.message).toContain('BIMSERVICE_TOKEN');
});

test('after Ctrl-C nothing is refreshed or sent', async () => {
  const done = await sendTo([REFUSED], { onSend: ({ bench }) => bench.stop.abort(new Error('interrupted')) });
  expect(done).toMatchObject({ invocation: REFUSED, refreshes: 0 });
});
