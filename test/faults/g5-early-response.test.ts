// G5: the service responds while the model is still being sent (RFC 9112 9.3, CASES B088).

import type { ErrorCode, Outcome } from '../../src/errors.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { resultResponse } from './sandbox.js';
import { response, type Step } from './scripted-server.js';

const REASON = 'what the service has to say';

/** A server that knows Bearer says so (RFC 6750 3); another one gets a second request with the Token header. */
const CHALLENGE = { 'WWW-Authenticate': 'Bearer' };

const PLACES = [
  ['at the headers', null],
  ['at 1 %', 0.01],
  ['at 50 %', 0.5],
  ['at 99 %', 0.99],
] as const;

const REFUSALS: Readonly<Record<number, readonly [exit: number, errorCode: ErrorCode, outcome: Outcome]>> = {
  401: [4, 'token-refused', 'refused'],
  413: [6, 'service-refused', 'refused'],
  500: [6, 'service-failed', 'refused'],
};

const ENDS = {
  'keep reading': [{ read: 'forever' }],
  FIN: [{ end: 'fin' }],
  RST: [{ end: 'rst' }],
} as const satisfies Record<string, readonly Step[]>;

/**
 * Long enough for the client to fill the windows or to send everything. Then it waits, and first reads the response instead
 * of failing in a write because of the reset. (A reset at the moment of a write can hide a response from any client.)
 */
const STALL: Step = { pause: 200 };

function expectationOf(status: number, share: number | null, end: keyof typeof ENDS): Expectation {
  const refusal = REFUSALS[status];
  if (refusal !== undefined) {
    const [exit, errorCode, outcome] = refusal;
    return { exit, errorCode, outcome, mentions: [String(status), REASON] };
  }
  // The last percent fits into the windows, so the whole model is sent and the response counts.
  const isSentWhole = end === 'keep reading' || share === 0.99;
  return isSentWhole
    ? { exit: 0, errorCode: null, outcome: 'done', ...(end === 'keep reading' ? {} : { readsWhole: false }) }
    : { exit: 8, errorCode: 'result-incomplete', outcome: 'unknown' };
}

const cases = PLACES.flatMap(([place, share]) =>
  [200, ...Object.keys(REFUSALS).map(Number)].flatMap((status) =>
    (Object.keys(ENDS) as (keyof typeof ENDS)[]).map(
      (end): FaultCase => ({
        phase: 'upload',
        name: `${place} ${status}, then ${end}`,
        model: status === 200 ? 'large' : 'medium',
        steps: (_, result) => [
          ...(share === null ? [] : [{ read: share }]),
          ...(share === null || (status !== 200 && end !== 'RST') ? [] : [STALL]),
          {
            send:
              status === 200
                ? resultResponse(result)
                : response(status, { 'Content-Type': 'text/plain', ...CHALLENGE }, REASON),
          },
          ...ENDS[end],
        ],
        expect: expectationOf(status, share, end),
      }),
    ),
  ),
);

faultGroup('G5', 48, cases, 'samples');
