// G8 as data: a service that works for a long time, or disappears meanwhile (CASES B083, B085, B092), in accelerated time.

import { SHORT_LIMITS } from './child.js';
import type { FaultCase } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { resultResponse, type Sandbox } from './sandbox.js';
import type { Step } from './scripted-server.js';

const LOST: Expectation = { exit: 9, errorCode: 'outcome-unknown', outcome: 'unknown' };
const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

/** The six cases, `scale` times as fast as in reality. Limits of other phases end long before the waits. */
export function longWaits(scale: number): FaultCase[] {
  const ms = (seconds: number) => (seconds * 1000) / scale;
  const waiting = (
    name: string,
    steps: (sandbox: Sandbox, result: Buffer) => readonly Step[],
    expect: Expectation,
    options: readonly string[] = [],
  ): FaultCase => ({
    name,
    phase: 'upload',
    limits: SHORT_LIMITS,
    options,
    steps: (sandbox, result) => [{ read: 'all' }, ...steps(sandbox, result)],
    hangTimeoutMs: ms(3600) + 40_000,
    expect,
  });
  const replyAfter = (seconds: number) =>
    waiting(
      `a response after ${seconds} s`,
      (_, result) => [{ pause: ms(seconds) }, { send: resultResponse(result) }],
      DONE,
    );
  return [
    replyAfter(301),
    replyAfter(3600),
    waiting('FIN', () => [{ pause: ms(301) }, { end: 'fin' }], LOST),
    waiting('RST', () => [{ pause: ms(301) }, { end: 'rst' }], LOST),
    waiting('silence until the deadline', () => [], { ...LOST, mentions: ['--wait'] }, ['--wait', '1s']),
    waiting(
      'the service restarts',
      ({ server }) => [{ pause: ms(301) }, { run: () => server.restart() }],
      LOST,
    ),
  ];
}
