// G10: faults in the body of a response (RFC 9112 6.3, 8; CASES B127 to B133).

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { SHORT_LIMITS } from './child.js';
import { chunk } from './chunked.js';
import { type FaultCase, faultGroup, respondingWith } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { RESULT_NAME } from './sandbox.js';
import { response, type Step } from './scripted-server.js';

const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

/** The service responded with success, so the job has run; the response cannot be used. */
const INCOMPLETE: Expectation = { exit: 8, errorCode: 'result-incomplete', outcome: 'done' };

const FRAMINGS = ['Content-Length', 'chunked', 'close'] as const;
type Framing = (typeof FRAMINGS)[number];

const HEAD = { 'Content-Type': 'text/plain', 'Content-Disposition': `attachment; filename="${RESULT_NAME}"` };

/** The head of a response with `result` as its body, and the bytes after the head. */
function framed(framing: Framing, result: Buffer): { head: Buffer; body: Buffer } {
  switch (framing) {
    case 'Content-Length':
      return { head: response(200, { ...HEAD, 'Content-Length': String(result.length) }), body: result };
    case 'chunked': {
      const half = Math.floor(result.length / 2);
      const chunks = [result.subarray(0, half), result.subarray(half), Buffer.alloc(0)].map(chunk);
      return {
        head: response(200, { ...HEAD, 'Transfer-Encoding': 'chunked' }),
        body: Buffer.concat(chunks),
      };
    }
    case 'close':
      return {
        head: Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), ...fieldLines(HEAD), Buffer.from('\r\n')]),
        body: result,
      };
  }
}

const fieldLines = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => Buffer.from(`${name}: ${value}\r\n`));

const CUTS: Record<string, (length: number) => number> = {
  'at 0': () => 0,
  'after 1 byte': () => 1,
  'at half': (length) => Math.floor(length / 2),
  'before the last byte': (length) => length - 1,
};

/** Time for the client to read what came before a reset, because a reset discards unread data. */
const PAUSE: Step = { pause: 100 };

/**
 * A body that only ends with FIN has no length to compare: what came is the result, with a warning, and no bytes at all
 * are an empty response.
 */
function expectationOfCut(framing: Framing, place: string, end: 'fin' | 'rst'): Expectation {
  // After a reset what came before it may be gone.
  const keeps =
    place === 'at 0'
      ? { keeps: false }
      : end === 'fin' && framing === 'Content-Length'
        ? { keeps: true }
        : {};
  if (framing !== 'close' || end === 'rst') return { ...INCOMPLETE, ...keeps };
  return place === 'at 0' ? { exit: 8, errorCode: 'result-missing', outcome: 'unknown' } : DONE;
}

const cuts = FRAMINGS.flatMap((framing) =>
  Object.entries(CUTS).flatMap(([place, lengthOf]) =>
    (['fin', 'rst'] as const).map((end): FaultCase => {
      const expect = expectationOfCut(framing, place, end);
      return {
        name: `${framing}, cut ${place}, ${end.toUpperCase()}`,
        phase: 'upload',
        steps: (sandbox, result) => {
          const { head, body } = framed(framing, result);
          const sent = body.subarray(0, lengthOf(body.length));
          // The client cannot know that this is not the whole result.
          if (expect.exit === 0) sandbox.expectedResult = sent;
          return [{ read: 'all' }, { send: head }, { send: sent }, PAUSE, { end }];
        },
        expect,
      };
    }),
  ),
);

const stalls = FRAMINGS.map(
  (framing): FaultCase => ({
    name: `${framing}, stops at half`,
    phase: 'upload',
    limits: SHORT_LIMITS,
    steps: (_, result) => {
      const { head, body } = framed(framing, result);
      return [{ read: 'all' }, { send: head }, { send: body.subarray(0, body.length / 2) }];
    },
    expect: { ...INCOMPLETE, mentions: ['no byte moved for'], keeps: true },
  }),
);

const extraBytes: FaultCase = {
  name: 'Content-Length, and bytes after it',
  phase: 'upload',
  steps: (_, result) => {
    const { head, body } = framed('Content-Length', result);
    return [{ read: 'all' }, { send: Buffer.concat([head, body, Buffer.from('and more')]) }, { end: 'fin' }];
  },
  expect: DONE,
};

const coded = (
  name: string,
  coding: string,
  encode: (result: Buffer) => Uint8Array,
  expect: Expectation,
): FaultCase => ({
  name: `coding ${name}`,
  phase: 'upload',
  steps: (_, result) => [
    { read: 'all' },
    { send: response(200, { ...HEAD, 'Content-Encoding': coding }, encode(result)) },
  ],
  expect,
});

function corrupt(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  return Buffer.from(bytes.map((byte, at) => (at === middle ? byte ^ 0xff : byte)));
}

const codings = [
  coded('gzip', 'gzip', gzipSync, DONE),
  coded('gzip, cut', 'gzip', (result) => gzipSync(result).subarray(0, -8), INCOMPLETE),
  coded('gzip, damaged', 'gzip', (result) => corrupt(gzipSync(result)), INCOMPLETE),
  coded('deflate', 'deflate', deflateSync, DONE),
  coded('br', 'br', brotliCompressSync, DONE),
  coded('unknown, over text', 'rot13', (result) => result, {
    ...DONE,
    mentions: ['rot13', 'taken as it is'],
  }),
  coded('said and not applied, over text', 'gzip', (result) => result, {
    ...DONE,
    mentions: ['coded in gzip, and is not', 'taken as it is'],
  }),
  coded('unknown, over bytes', 'rot13', (result) => gzipSync(result).subarray(2), {
    exit: 8,
    errorCode: 'result-unexpected',
    outcome: 'done',
    mentions: ['rot13'],
  }),
];

const withoutResult = (status: number, expect: Expectation): FaultCase => ({
  name: String(status),
  phase: 'upload',
  steps: respondingWith({ send: response(status, status === 204 ? { Date: 'now' } : {}) }),
  expect,
});

const statuses = [
  withoutResult(204, { ...DONE, savedAs: null, mentions: ['found nothing to report (204)'] }),
  withoutResult(205, { ...DONE, savedAs: null, mentions: ['found nothing to report (205)'] }),
  withoutResult(304, { exit: 6, errorCode: 'unexpected-redirect', outcome: 'refused', mentions: ['304'] }),
];

faultGroup('G10', 39, [...cuts, ...stalls, extraBytes, ...codings, ...statuses], 'samples');
