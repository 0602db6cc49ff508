// Which outcomes are safe to repeat, and how long the pause is.
import { expect, test } from 'vitest';
import { NO_TIMING } from '../../../src/core/invocation/phase-times.js';
import { pauseBefore, retryRun } from '../../../src/core/invocation/retry-run.js';
import type { ModelRun } from '../../../src/core/invocation/run-model.js';
import { WORST_FIRST, worstError } from '../../../src/core/invocation/worst-error.js';
import { BimServiceError, type ErrorCode, EXIT_CODES, type Outcome } from '../../../src/errors.js';

interface Ended {
  code?: ErrorCode;
  outcome: Outcome;
  status?: number;
  after?: number;
  path?: string;
  bytes?: number | null;
  isPartlySent?: boolean;
}

function ended({
  code,
  outcome,
  status,
  after,
  path = 'a.ifc',
  bytes = 10,
  isPartlySent = false,
}: Ended): ModelRun {
  const details = { outcome, ...(after === undefined ? {} : { retryAfterSeconds: after }) };
  const error = code === undefined ? null : new BimServiceError(code, 'failed', details);
  const record = {
    service: { id: 's', resourceUrl: 'https://bim.example/' },
    outcome,
    input: { path, bytes, sha256: null, type: null, announcedType: null, archive: null },
    output: null,
    contextId: null,
    http: { status: status ?? null },
    flow: null,
    warnings: [],
    timing: NO_TIMING,
    error: null,
  };
  return { record, error, receipt: null, isPartlySent };
}

const unreachable: Ended = { code: 'unreachable', outcome: 'not-sent' };

test.each<[string, Ended, number | null]>([
  ['not reached', unreachable, 1000],
  ['not reached, a model from stdin', { ...unreachable, path: '-' }, null],
  ['not reached, a pipe', { ...unreachable, bytes: null }, null],
  ['a proxy that fails', { code: 'proxy-failed', outcome: 'not-sent' }, 1000],
  ['done', { outcome: 'done' }, null],
  ['no token', { code: 'not-authorized', outcome: 'not-sent' }, null],
  ['no such model', { code: 'model-unreadable', outcome: 'not-sent' }, null],
  ['429', { code: 'service-refused', outcome: 'refused', status: 429 }, 1000],
  ['429 with Retry-After', { code: 'service-refused', outcome: 'refused', status: 429, after: 7 }, 7000],
  [
    '429, but after two hours',
    { code: 'service-refused', outcome: 'refused', status: 429, after: 7200 },
    null,
  ],
  ['503 after the whole model', { code: 'service-failed', outcome: 'refused', status: 503 }, null],
  ['503 with Retry-After', { code: 'service-failed', outcome: 'refused', status: 503, after: 0 }, 1000],
  [
    '503 before the whole model',
    { code: 'service-failed', outcome: 'refused', status: 503, isPartlySent: true },
    1000,
  ],
  ['500', { code: 'service-failed', outcome: 'refused', status: 500, after: 1 }, null],
  ['401', { code: 'token-refused', outcome: 'refused', status: 401 }, null],
  ['502', { code: 'outcome-unknown', outcome: 'unknown', status: 502, after: 1 }, null],
  ['429 after a part of the result', { code: 'outcome-unknown', outcome: 'unknown', status: 429 }, null],
  ['202', { code: 'accepted', outcome: 'unknown', status: 202, after: 1 }, null],
  ['lost after the model was sent', { code: 'outcome-unknown', outcome: 'unknown' }, null],
])('%s', (_, run, pause) => {
  expect(pauseBefore(1, ended(run))).toBe(pause);
});

test('the pause grows to half a minute, and a model runs again at most as often as the person said', async () => {
  const pauses: number[] = [];
  let runs = 0;
  const last = await retryRun(
    async () => {
      runs += 1;
      return ended(unreachable);
    },
    { times: 7, name: 'a.ifc' },
    {
      timer: { sleep: async (ms) => void pauses.push(ms) },
      reporter: { info: () => {}, warn: () => {}, instruct: () => {}, debug: () => {} },
    },
    new AbortController().signal,
  );
  expect({ runs, code: last.error?.code }).toEqual({ runs: 8, code: 'unreachable' });
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('Ctrl-C ends the pause', async () => {
  const stop = new AbortController();
  let runs = 0;
  await retryRun(
    async () => {
      runs += 1;
      return ended(unreachable);
    },
    { times: 5, name: 'a.ifc' },
    {
      timer: {
        async sleep(_, signal) {
          stop.abort();
          signal.throwIfAborted();
        },
      },
      reporter: { info: () => {}, warn: () => {}, instruct: () => {}, debug: () => {} },
    },
    stop.signal,
  );
  expect(runs).toBe(1);
});

test('every exit code has a place in the order, and the worst one wins, of several the first', () => {
  expect([...WORST_FIRST].toSorted()).toEqual([...new Set(Object.values(EXIT_CODES))].map(Number).toSorted());
  const errors = (
    ['unreachable', 'service-failed', 'result-unexpected', 'accepted', 'outcome-unknown', 'gate'] as const
  ).map((code) => new BimServiceError(code, code));
  expect(worstError(errors)?.code).toBe('accepted');
  expect(worstError([])).toBe(null);
});
