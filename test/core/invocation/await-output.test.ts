// The second half of an asynchronous run: which messages are ours, and what the end of the websocket means.
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { awaitOutput } from '../../../src/core/invocation/await-output.js';
import type { ModelResponse, RunChannel } from '../../../src/core/ports/http.js';

type RunEvent = Awaited<ReturnType<RunChannel['next']>>;

const never = new AbortController().signal;
const progress = (percent: number, topicId: string | null = '7'): RunEvent => ({
  kind: 'progress',
  topicId,
  progress: { percent, label: 'Checking' },
});
const output = (topicId: string | null = '7'): RunEvent => ({
  kind: 'output',
  topicId,
  headers: [['Output-Type', 'BCF_ZIP_2_1']],
});
const binary = (text: string): RunEvent => ({
  kind: 'binary',
  pieces: [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))],
});
const lost: RunEvent = { kind: 'lost', why: 'closed with 1001' };

/** Waits on a channel with these events; after the last one it is silent until the signal aborts. */
async function waitOn(
  events: readonly RunEvent[],
  { topicId = '7', waitMs = null, signal = never }: Partial<Options> = {},
): Promise<{ response: ModelResponse; percents: (number | null)[] }> {
  const left = [...events];
  const channel: RunChannel = {
    next: (stop) => {
      const event = left.shift();
      if (event !== undefined) return Promise.resolve(event);
      return new Promise((_, reject) => {
        if (stop.aborted) reject(stop.reason);
        stop.addEventListener('abort', () => reject(stop.reason), { once: true });
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const percents: (number | null)[] = [];
  const onProgress = ({ percent }: { percent: number | null }) => void percents.push(percent);
  const response = await awaitOutput({ serviceId: 'check', channel, topicId, waitMs, onProgress }, signal);
  return { response, percents };
}

interface Options {
  topicId: string | null;
  waitMs: number | null;
  signal: AbortSignal;
}

const textOf = async ({ body }: ModelResponse) => (await buffer(body)).toString();

test('the result is a response with the headers of its message and its length', async () => {
  const { response, percents } = await waitOn([progress(10), progress(50), output(), binary('the result')]);
  expect(response).toMatchObject({
    status: 200,
    headers: [
      ['Output-Type', 'BCF_ZIP_2_1'],
      ['Content-Length', '10'],
    ],
  });
  expect(await textOf(response)).toBe('the result');
  expect(percents).toEqual([10, 50]);
});

test('progress and result of another run are ignored', async () => {
  const other = [progress(99, '8'), output('8'), binary('of another run')];
  const { response, percents } = await waitOn([...other, progress(20), output(), binary('ours')]);
  expect(await textOf(response)).toBe('ours');
  expect(percents).toEqual([20]);
});

test('bytes that no message announced are not the result', async () => {
  const { response } = await waitOn([binary('of no one'), output(), binary('ours')]);
  expect(await textOf(response)).toBe('ours');
});

test.each([
  ['the response has no topic', null, '8'],
  ['the messages have none', '7', null],
])('%s: the next result is ours', async (_, topicId, messageTopic) => {
  const { response } = await waitOn([output(messageTopic), binary('ours')], { topicId });
  expect(await textOf(response)).toBe('ours');
});

test.each<[string, RunEvent[], object]>([
  ['before a result', [progress(50)], { code: 'outcome-unknown', outcome: 'unknown', phase: 'wait' }],
  ['after the announcement', [output()], { code: 'result-incomplete', outcome: 'done', phase: 'download' }],
  ['after that of another run', [output('8')], { code: 'outcome-unknown', outcome: 'unknown' }],
])('the websocket ends %s', async (_, events, error) => {
  await expect(waitOn([...events, lost])).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining('closed with 1001'),
  });
});

test('the deadline of --wait ends the wait: the job may have run', async () => {
  await expect(waitOn([progress(50)], { waitMs: 20 })).rejects.toMatchObject({
    code: 'outcome-unknown',
    outcome: 'unknown',
    message: expect.stringContaining('--wait'),
  });
});

test('Ctrl-C ends the wait with its own reason, also with a deadline', async () => {
  const stop = new AbortController();
  const reason = new Error('interrupted');
  const waiting = waitOn([], { waitMs: 600_000, signal: stop.signal });
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
