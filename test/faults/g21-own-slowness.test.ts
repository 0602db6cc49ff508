// G21: we are slow, not the network: a reader, a disk or a pipe that pauses, a stopped process, a slow line behind a local
// proxy. Each pause is three times the limit of a stall. And a real stall is still reported within the limit.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type FaultCase, faultGroup, respondingWith } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { ownModel } from './own-model.js';
import { resultResponse, type Sandbox } from './sandbox.js';
import type { Step } from './scripted-server.js';

const LIMITS = { stallMs: 500, hiddenStallMs: 1000 };
const PAUSE_MS = 1600;

/** More than the sockets of both ends hold. */
const LONG_RESULT_PIECES = 6000;

const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

const slow = (name: string, more: Partial<FaultCase>): FaultCase => ({
  name,
  phase: 'upload',
  limits: LIMITS,
  steps: (_, result) => respondingWith({ send: resultResponse(result) })(),
  expect: DONE,
  ...more,
});

/** The process sleeps for a while, as after Ctrl-Z, or on a laptop that is closed. */
const stopped = (sandbox: Sandbox): Step[] => [
  { run: () => sandbox.child?.kill('SIGSTOP') },
  { pause: PAUSE_MS },
  { run: () => sandbox.child?.kill('SIGCONT') },
];

async function pausingFifo(path: string, sandbox: Sandbox): Promise<void> {
  await once(spawn('mkfifo', [path]), 'exit');
  // The first megabyte is read before anything is sent.
  const script = '{ head -c 3000000 "$0"; sleep "$2"; tail -c +3000001 "$0"; } > "$1"';
  const { path: from } = await sandbox.models.of('medium');
  const writer = spawn('sh', ['-c', script, from, path, String(PAUSE_MS / 1000)]);
  sandbox.undo.push(() => writer.kill());
}

async function pausingReader(sandbox: Sandbox): Promise<void> {
  const path = join(sandbox.root, 'reader');
  await once(spawn('mkfifo', [path]), 'exit');
  const script = '{ head -c 1000000; sleep "$1"; cat; } < "$0" > /dev/null';
  const reader = spawn('sh', ['-c', script, path, String(PAUSE_MS / 1000)]);
  sandbox.undo.push(() => reader.kill());
}

const halves = (result: Buffer): [Buffer, Buffer] => {
  const reply = resultResponse(result);
  const middle = Math.floor(reply.length / 2);
  return [reply.subarray(0, middle), reply.subarray(middle)];
};

const cases: FaultCase[] = [
  slow('the reader of the result pauses', {
    prepare: pausingReader,
    options: ['-o', '../reader'],
    resultPieces: LONG_RESULT_PIECES,
    expect: { ...DONE, savedAs: null, receipts: 0 },
  }),
  slow('the disk of the result pauses', {
    resultPieces: LONG_RESULT_PIECES,
    faultPoints: [{ call: 'write', path: '.part', nth: 3, fault: { ms: PAUSE_MS } }],
  }),
  slow('the disk of the model pauses', {
    model: 'medium',
    faultPoints: [{ call: 'read', path: '.ifc', nth: 4, fault: { ms: PAUSE_MS } }],
  }),
  slow('the pipe of the model pauses', {
    prepare: async (sandbox) => {
      await ownModel(sandbox, (path) => pausingFifo(path, sandbox));
      sandbox.model = { ...(await sandbox.models.of('medium')), path: sandbox.model.path };
    },
    repair: async (sandbox) => {
      sandbox.model = await sandbox.models.of('small');
    },
  }),
  slow('the process is stopped while the service works', {
    steps: (sandbox, result) =>
      respondingWith(...stopped(sandbox), { pause: 100 }, { send: resultResponse(result) })(),
  }),
  slow('the process is stopped while the model is sent', {
    model: 'large',
    steps: (sandbox, result) => [
      { read: 0.2 },
      ...stopped(sandbox),
      { read: 'all' },
      { send: resultResponse(result) },
    ],
  }),
  slow('the process is stopped while the result comes in', {
    // The server may be slow to go on, too, on a busy machine.
    limits: { stallMs: 1500, hiddenStallMs: 1500 },
    steps: (sandbox, result) => {
      const [first, second] = halves(result);
      return [{ read: 'all' }, { send: first }, { pause: 100 }, ...stopped(sandbox), { send: second }];
    },
  }),
  slow('a line that takes little from its buffers, and more later', {
    model: 'large',
    // The server's own pauses grow on a busy machine.
    limits: { stallMs: 1500, hiddenStallMs: 1500 },
    steps: (_, result) => [
      { read: 0.1 },
      // In the buffers of both ends are megabytes: nothing new is taken from us, and yet bytes move.
      ...Array.from({ length: 15 }, (_, step) => [{ read: 0.1 + (step + 1) / 1000 }, { pause: 300 }]).flat(),
      { read: 'all' },
      { send: resultResponse(result) },
    ],
  }),
  slow('a real stall while the model is sent', {
    model: 'large',
    steps: () => [{ read: 0.1 }],
    expect: {
      exit: 9,
      errorCode: 'outcome-unknown',
      outcome: 'unknown',
      mentions: ['no byte moved for 0.5 s'],
    },
  }),
  slow('a real stall while the result comes in', {
    steps: (_, result) => respondingWith({ send: halves(result)[0] })(),
    expect: {
      exit: 8,
      errorCode: 'result-incomplete',
      outcome: 'done',
      mentions: ['no byte moved for 0.5 s'],
    },
  }),
];

faultGroup('G21', 10, cases);
