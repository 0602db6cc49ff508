// What the end of a run means for its revision: only what certainly did not run, for a reason that is not the model, runs again.
import { describe, expect, test } from 'vitest';
import { type EndKind, endOf } from '../../../src/core/watch/run-end.js';
import { BimServiceError, type ErrorCode, type Outcome } from '../../../src/errors.js';

const FINAL: EndKind = { kind: 'final' };
const CHANGED: EndKind = { kind: 'changed' };
const INTERRUPTED: EndKind = { kind: 'interrupted' };
const again = (reason: 'service' | 'token' | 'results'): EndKind => ({ kind: 'again', reason });

const end = (code: ErrorCode, outcome: Outcome, status: number | null) =>
  endOf({ outcome, status, error: new BimServiceError(code, code) });

describe('the end of a run', () => {
  test.each<[ErrorCode, Outcome, number | null, EndKind]>([
    ['unreachable', 'not-sent', null, again('service')],
    ['tls-failed', 'not-sent', null, again('service')],
    ['proxy-failed', 'refused', 407, again('service')],
    ['service-refused', 'refused', 429, again('service')],
    ['service-failed', 'refused', 503, again('service')],
    ['token-expired', 'not-sent', null, again('token')],
    ['token-refused', 'refused', 401, again('token')],
    ['result-not-writable', 'not-sent', null, again('results')],
    ['store-not-writable', 'not-sent', null, again('results')],
    ['folder-missing', 'not-sent', null, again('results')],
    ['model-changed', 'refused', null, CHANGED],
    ['model-unreadable', 'not-sent', null, CHANGED],
    ['interrupted', 'not-sent', null, INTERRUPTED],
    ['interrupted', 'unknown', null, INTERRUPTED],
  ])('%s, %s, status %s: it is not the last run of this revision', (code, outcome, status, kind) => {
    expect(end(code, outcome, status)).toEqual(kind);
  });

  test.each<[ErrorCode, Outcome, number | null]>([
    ['unreachable', 'unknown', null],
    ['service-failed', 'unknown', 503],
    ['service-refused', 'unknown', 429],
    ['service-failed', 'refused', 500],
    ['service-refused', 'refused', 415],
    ['result-not-writable', 'done', 200],
    ['result-not-writable', 'unknown', null],
    ['result-exists', 'not-sent', null],
    ['not-a-model', 'not-sent', null],
    ['outcome-unknown', 'unknown', 504],
  ])(
    '%s, %s, status %s: the service may have run it, or it would end in the same way',
    (code, outcome, status) => {
      expect(end(code, outcome, status)).toEqual(FINAL);
    },
  );

  test('a run without an error is final', () => {
    expect(endOf({ outcome: 'done', status: 200, error: null })).toEqual(FINAL);
  });
});
