// The body of a result: its limit, what passes through to a pipe, and what counts as blank.
import { expect, test } from 'vitest';
import { type Arrived, receiveBody } from '../../../src/core/invocation/receive-body.js';
import type { ResultTarget } from '../../../src/core/ports/result.js';
import { LONGEST_ERROR } from '../../../src/protocol/invocation/service-error.js';

interface Given {
  chunks: readonly Uint8Array[];
  headers?: [string, string][];
  maxBytes?: number | null;
  passesThrough?: boolean;
}

async function receive({ chunks, headers = [], maxBytes = null, passesThrough = false }: Given) {
  const written: Uint8Array[] = [];
  const unused = () => Promise.reject(new Error('not expected here'));
  const target: ResultTarget = {
    resultWanted: true,
    passesThrough,
    write: async (chunk) => void written.push(Buffer.from(chunk)),
    inspect: unused,
    commit: unused,
    keepRejected: unused,
    saveReceipt: unused,
    [Symbol.asyncDispose]: async () => {},
  };
  const body = (async function* () {
    yield* chunks;
  })();
  const arrived: Arrived = { bytes: 0, waiting: null };
  const response = { status: 200, headers, body, discard: async () => {} };
  const limits = { maxBytes, serviceId: 'check' };
  const outcome = await receiveBody(response, target, limits, arrived).then(
    (received) => ({ received, code: null }),
    (error) => ({ received: null, code: error.code }),
  );
  return { ...outcome, arrived, written: Buffer.concat(written) };
}

const bytes = (length: number) => Buffer.alloc(length, 'x');

test('a result that is announced larger than the limit is refused before any of it is written', async () => {
  const end = await receive({ chunks: [bytes(5)], headers: [['Content-Length', '11']], maxBytes: 10 });
  expect([end.code, end.arrived.bytes, end.written.length]).toEqual(['result-unexpected', 0, 0]);
});

test('the announced length of a compressed body is not that of the result', async () => {
  const headers: [string, string][] = [
    ['Content-Length', '11'],
    ['Content-Encoding', 'gzip'],
  ];
  const end = await receive({ chunks: [bytes(5)], headers, maxBytes: 10 });
  expect([end.code, end.written.length]).toEqual([null, 5]);
});

test.each([
  [10, null],
  [9, 'result-unexpected'],
])('a result of 10 bytes without a length, and a limit of %d: %s', async (maxBytes, code) => {
  const end = await receive({ chunks: [bytes(6), bytes(4)], maxBytes });
  expect([end.code, end.written.length <= maxBytes]).toEqual([code, true]);
});

test('a short body waits in front of a pipe until it is judged', async () => {
  const end = await receive({ chunks: [bytes(6), bytes(4)], passesThrough: true });
  expect([end.written.length, end.received?.waiting?.length]).toEqual([0, 10]);
});

test('a long body passes through a pipe whole, in its order', async () => {
  const chunks = [Buffer.alloc(LONGEST_ERROR - 1, 'a'), Buffer.from('bcd'), Buffer.from('e')];
  const end = await receive({ chunks, passesThrough: true });
  expect(end.written.equals(Buffer.concat(chunks))).toBe(true);
  expect(end.received).toMatchObject({ waiting: null, bytes: LONGEST_ERROR + 3 });
  expect(end.received?.start.length).toBe(LONGEST_ERROR);
});

test.each([
  [['\ufeff', ' \r\n\t\0'], true],
  [[' ', 'x'], false],
  [['  ', '\ufeff'], false],
])('the body %j is blank: %s', async (texts, isBlank) => {
  const end = await receive({ chunks: texts.map((text) => Buffer.from(text)) });
  expect(end.received?.isBlank).toBe(isBlank);
});
