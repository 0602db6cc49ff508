// A stream of events, read in unusual ways.
import { expect, test } from 'vitest';
import { mapAtOnce } from '../../src/at-once.js';
import { eventStream } from '../../src/library/client/event-stream.js';

test('two reads at the same time each get an event', async () => {
  let add: (event: string) => void = () => {};
  let finish = () => {};
  const end = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const reading = eventStream<string>({
    work: (onEvent) => {
      add = onEvent;
      return end;
    },
    keyOf: () => null,
    signal: undefined,
  })[Symbol.asyncIterator]();
  const both = Promise.all([reading.next(), reading.next()]);
  add('first');
  add('second');
  expect(await both).toEqual([
    { done: false, value: 'first' },
    { done: false, value: 'second' },
  ]);
  const last = Promise.all([reading.next(), reading.next()]);
  finish();
  expect(await last).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('a reader that leaves before the first event starts no work', async () => {
  let starts = 0;
  const reading = eventStream<string>({
    work: async () => {
      starts += 1;
    },
    keyOf: () => null,
    signal: undefined,
  })[Symbol.asyncIterator]();
  await reading.return?.();
  expect(await reading.next()).toEqual({ done: true, value: undefined });
  expect(starts).toBe(0);
});

test('after an error nothing more is started', async () => {
  const started: number[] = [];
  const work = mapAtOnce([1, 2, 3, 4, 5, 6], 2, async (item) => {
    started.push(item);
    await null;
    if (item === 1) throw new Error('the first fails');
  });
  await expect(work).rejects.toThrow('the first fails');
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2]);
});
