// The six moments at which a run is stopped, as data for G12 and G13.

import type { FaultPoint } from './child.js';
import type { FaultCase } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { resultResponse, type Sandbox } from './sandbox.js';
import type { Step } from './scripted-server.js';

type Point = 'upload' | 'wait' | 'mid body' | 'before fsync' | 'before link' | 'after link';

/** The cases of one signal. `expect` gives the expected outcome of a stop at that point. */
export function stoppedAt(signal: NodeJS.Signals, expect: (point: Point) => Expectation): FaultCase[] {
  const onTheWire = (
    point: Point,
    steps: (stop: Step, answer: Buffer, sandbox: Sandbox) => readonly Step[],
    more: Partial<FaultCase> = {},
  ): FaultCase => ({
    name: `${signal} at ${point}`,
    phase: 'upload',
    steps: (sandbox, result) => steps({ run: () => sandbox.signal(signal) }, resultResponse(result), sandbox),
    expect: expect(point),
    ...more,
  });
  const onTheDisk = (point: Point, call: FaultPoint['call'], when: 'before' | 'after'): FaultCase => ({
    name: `${signal} ${point}`,
    phase: 'upload',
    // The first name is taken in every case, which one look at the folder says: the first link is that of the result.
    faultPoints: [{ call, path: '.part', nth: 1, fault: { signal, when } }],
    expect: expect(point),
  });
  return [
    onTheWire('upload', (stop) => [{ read: 0.1 }, stop, { read: 'forever' }], { model: 'large' }),
    onTheWire('wait', (stop) => [{ read: 'all' }, stop]),
    onTheWire('mid body', (stop, answer) => [
      { read: 'all' },
      { send: answer.subarray(0, answer.length - 500) },
      { pause: 200 },
      stop,
    ]),
    onTheDisk('before fsync', 'sync', 'before'),
    onTheDisk('before link', 'link', 'before'),
    onTheDisk('after link', 'link', 'after'),
  ];
}
