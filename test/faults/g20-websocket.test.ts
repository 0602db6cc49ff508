// G20: the websocket of an asynchronous run fails (PROTOCOL 1.7): before, between and inside the two messages of a result.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenKey } from '../../src/core/credentials/credential-records.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { RESULT_NAME, resultResponse, type Sandbox } from './sandbox.js';
import { frame, response, type Step } from './scripted-server.js';

const STREAM = '/stream';
const TOPIC = 7;

const LOST: Expectation = { exit: 9, errorCode: 'outcome-unknown', outcome: 'unknown' };
const CUT: Expectation = { exit: 8, errorCode: 'result-incomplete', outcome: 'done' };
const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

const said = (message: object): Step => ({ send: frame(JSON.stringify(message)) });

const PROGRESS = frame(
  JSON.stringify({ type: 'progress', topicId: TOPIC, payload: { progress: 40, label: 'Half of it' } }),
);
const progress: Step = { send: PROGRESS };

const announced = (topicId = TOPIC) =>
  said({
    topicId,
    type: 'output',
    payload: {
      schemaName: 'UNSTRUCTURED_UTF8_TEXT_1_0',
      contentDisposition: RESULT_NAME,
      contentType: 'text/plain',
      title: null,
      contextId: null,
    },
  });

const HALF = (result: Buffer): Step => ({ send: frame(result).subarray(0, result.length / 2) });
const WHOLE = (result: Buffer): Step => ({ send: frame(result) });
const ASYNC_RESPONSE = response(200, { 'Output-Type': 'Async', 'Topic-Id': String(TOPIC) });

const ENDLESS_RESPONSE = response(200, {
  'Output-Type': 'Async',
  'Topic-Id': String(TOPIC),
  'Content-Length': String(2 ** 40),
});

const FLOOD = Buffer.concat(Array.from({ length: 100_000 }, () => PROGRESS));

interface StreamCase {
  name: string;
  /** The steps after the endpoint is registered and the model was posted. */
  next: (result: Buffer) => readonly Step[];
  /** The response to the POST. */
  answer?: (result: Buffer) => readonly Step[];
  options?: readonly string[];
  more?: Partial<FaultCase>;
  expect: Expectation;
}

function streamCase({ name, next, answer, options = [], more, expect }: StreamCase): FaultCase {
  return {
    phase: 'upload',
    name,
    prepare: (sandbox) => withStream(sandbox, true),
    repair: (sandbox) => withStream(sandbox, false),
    // Set up again for each case: the two connections wait for each other.
    ...gated(next, answer ?? (() => [{ send: ASYNC_RESPONSE }])),
    options,
    ...more,
    // The request of the websocket itself.
    expect: { besides: 1, ...expect },
  };
}

function gated(
  next: (result: Buffer) => readonly Step[],
  answer: (result: Buffer) => readonly Step[],
): Pick<FaultCase, 'steps' | 'routes'> {
  let open: () => void = () => {};
  let posted = Promise.resolve();
  return {
    routes: (_, result) => {
      posted = new Promise((resolve) => {
        open = resolve;
      });
      return {
        [STREAM]: [
          [
            { upgrade: 'websocket' },
            said({ welcome: 1 }),
            { receive: 'anything' },
            said({ type: 'endpoint', payload: { endpointid: TOPIC }, endpointid: TOPIC }),
            { run: () => posted },
            ...next(result),
          ],
        ],
      };
    },
    steps: (_, result) => [{ read: 'all' }, ...answer(result), { run: () => open() }],
  };
}

/** The stored token names the websocket, as after an authorization at a BIMserver. */
async function withStream(sandbox: Sandbox, has: boolean): Promise<void> {
  const path = join(sandbox.store, `${tokenKey(sandbox.service)}.json`);
  const { websocketUrl: _, ...record } = JSON.parse(await readFile(path, 'utf8'));
  const stream = has ? { websocketUrl: `ws://${sandbox.server.host}${STREAM}` } : {};
  await writeFile(path, `${JSON.stringify({ ...record, ...stream }, null, 2)}\n`, { mode: 0o600 });
}

const ends = ['fin', 'rst'] as const;

const cases: FaultCase[] = [
  streamCase({
    name: 'no fault: the result comes over the websocket',
    next: (result) => [progress, announced(), WHOLE(result)],
    expect: DONE,
  }),
  ...ends.flatMap((end) => [
    streamCase({ name: `${end} before anything is said`, next: () => [{ end }], expect: LOST }),
    streamCase({ name: `${end} after progress`, next: () => [progress, { end }], expect: LOST }),
    streamCase({
      name: `${end} between the two messages`,
      // A reset discards what the client has not read yet.
      next: () => [announced(), { pause: 300 }, { end }],
      expect: CUT,
    }),
    streamCase({
      name: `${end} inside the binary message`,
      next: (result) => [announced(), HALF(result), { pause: 300 }, { end }],
      expect: CUT,
    }),
    streamCase({
      name: `${end} after the whole result`,
      next: (result) => [announced(), WHOLE(result), { pause: 300 }, { end }],
      expect: DONE,
    }),
  ]),
  streamCase({
    name: 'the result of another run comes first',
    next: (result) => [
      announced(TOPIC + 1),
      { send: frame(Buffer.from('of another')) },
      announced(),
      WHOLE(result),
    ],
    expect: DONE,
  }),
  streamCase({
    name: 'bytes without an announcement, and then the end',
    next: (result) => [WHOLE(result), { end: 'fin' }],
    expect: LOST,
  }),
  streamCase({
    name: 'bytes that are not a frame',
    next: () => [{ send: 'HTTP/1.1 400 Bad Request\r\n\r\n' }],
    expect: LOST,
  }),
  streamCase({
    name: 'silence until the deadline of --wait',
    next: () => [],
    options: ['--wait', '1s'],
    expect: LOST,
  }),
  streamCase({
    name: 'the POST is refused while the websocket is open',
    next: () => [],
    answer: () => [{ send: response(500, { 'Content-Type': 'text/plain' }, 'Out of order') }],
    expect: { exit: 6, errorCode: 'service-failed', outcome: 'refused', mentions: ['Out of order'] },
  }),
  streamCase({
    name: 'the POST is cut without a response',
    next: () => [],
    answer: () => [{ end: 'rst' }],
    expect: LOST,
  }),
  streamCase({
    name: 'the websocket ends, and the response holds the result',
    next: () => [{ end: 'fin' }],
    answer: (result) => [{ send: resultResponse(result) }],
    expect: DONE,
  }),
  streamCase({
    name: 'a text of 512 MB',
    next: () => [
      progress,
      { send: Buffer.from([0x81, 127, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff]) },
      { send: Buffer.alloc(3 * 1024 * 1024, 'x') },
    ],
    expect: { ...LOST, mentions: ['more than 1 MiB'] },
  }),
  streamCase({
    name: '100,000 messages of progress, and then the result',
    next: (result) => [{ send: FLOOD }, announced(), WHOLE(result)],
    expect: DONE,
  }),
  streamCase({
    name: 'the response of the POST has no end, and is long',
    next: (result) => [announced(), WHOLE(result)],
    answer: () => [{ send: ENDLESS_RESPONSE }, { send: Buffer.alloc(1024 * 1024, 'x') }],
    expect: DONE,
  }),
  streamCase({
    name: 'the response of the POST has no end, and stops',
    next: (result) => [announced(), WHOLE(result)],
    answer: () => [{ send: ENDLESS_RESPONSE }, { send: 'x' }],
    expect: DONE,
  }),
];

faultGroup('G20', 22, cases, 'samples');
