// Writes to a stream with a slow reader, and one whose reader has left.
import { EventEmitter, once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writeText } from '../../src/io/terminal/write-text.js';

/** Each write waits until `take` is called. */
class SlowReader extends Writable {
  take: () => void = () => {};

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    this.take = done;
    this.emit('written');
  }
}

test('a slow reader of many texts leaves no listeners behind', async () => {
  const stream = new SlowReader();
  const before = stream.eventNames().map((name) => stream.listenerCount(name));
  for (let count = 0; count < 2 * EventEmitter.defaultMaxListeners; count += 1) {
    const written = once(stream, 'written');
    const writing = writeText(stream, 'text');
    await written;
    stream.take();
    await writing;
  }
  expect(stream.eventNames().map((name) => stream.listenerCount(name))).toEqual(before);
});

test('the reader leaves during a write, and later writes do not wait', async () => {
  const stream = new SlowReader();
  stream.on('error', () => {});
  const writing = writeText(stream, 'text');
  stream.destroy(new Error('EPIPE'));
  await expect(writing).resolves.toBeUndefined();
  await expect(writeText(stream, 'more text')).resolves.toBeUndefined();
});
