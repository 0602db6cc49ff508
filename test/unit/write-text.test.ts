// Writes to a stream with a slow reader, and one whose reader has left.
import { EventEmitter, once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { directOutput } from '../../src/io/terminal/direct-output.js';
import { writeText } from '../../src/io/terminal/write-text.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';

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

test.skipIf(noSmallDisk !== null)(
  'the output goes to a file on a full disk: an error, since the file is cut',
  async () => {
    await using disk = await mountSmallDisk(64);
    await disk.fillTo(4096);
    await using file = await open(join(disk.folder, 'list.json'), 'w');
    const stream = directOutput(file.fd, () => new SlowReader());
    await expect(writeText(stream, 'x'.repeat(4000))).resolves.toBeUndefined();
    await expect(writeText(stream, 'x'.repeat(10_000))).rejects.toMatchObject({ code: 'ENOSPC' });
  },
);
