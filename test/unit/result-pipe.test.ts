// Results that go straight into a pipe or a device: nothing is created, renamed or removed there.

import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { lstat, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isWrittenThrough, openResultPipe } from '../../src/io/result/result-pipe.js';

const never = new AbortController().signal;
const surplus = () => expect.unreachable('there is a reader');

let folder: string;
let fifo: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'result-pipe-'));
  fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('B136: what is written through', async () => {
  await writeFile(join(folder, 'file'), '');
  await symlink('fifo', join(folder, 'link'));
  const through = async (path: string) => [path, await isWrittenThrough(path)] as const;
  for (const path of [
    '/dev/null',
    '/dev/stdout',
    '/dev/fd/1',
    '/proc/self/fd/1',
    '/tmp/../dev/null',
    '/dev/none',
  ]) {
    expect(await through(path)).toEqual([path, true]);
  }
  for (const path of [fifo, join(folder, 'link')]) expect(await through(path)).toEqual([path, true]);
  for (const path of [
    join(folder, 'file'),
    folder,
    join(folder, 'none'),
    '/dev/shm',
    '/dev/shm/a',
    '/developer/a',
  ]) {
    expect(await through(path)).toEqual([path, false]);
  }
});

test('B136: /dev/null accepts everything and stays a device', async () => {
  await using pipe = await openResultPipe({ path: '/dev/null', signal: never, onNoReader: surplus });
  await pipe.write(new Uint8Array(1_000_000));
  expect(await pipe.finish()).toMatchObject({ path: '/dev/null', bytes: 1_000_000 });
  expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
});

test('a misspelled device is not created', async () => {
  const opening = openResultPipe({ path: '/dev/bimservice-none', signal: never, onNoReader: surplus });
  await expect(opening).rejects.toMatchObject({ code: 'result-not-writable', exitCode: 7 });
  await expect(lstat('/dev/bimservice-none')).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('a FIFO', () => {
  test('B136: more than it holds arrives whole at a slow reader, and it stays', async () => {
    const data = randomBytes(500_000);
    const reader = spawn('sh', ['-c', 'sleep 0.3; cat "$0"', fifo]);
    const closed = once(reader, 'close');
    const received: Buffer[] = [];
    reader.stdout.on('data', (chunk: Buffer) => received.push(chunk));
    await using pipe = await openResultPipe({ path: fifo, signal: never, onNoReader: () => undefined });
    await pipe.write(data);
    const sha256 = createHash('sha256').update(data).digest('hex');
    expect(await pipe.finish()).toEqual({ path: fifo, bytes: data.length, sha256 });
    // It may have ended before the pipe reports that it is closed.
    await closed;
    expect(Buffer.concat(received).equals(data)).toBe(true);
    expect((await lstat(fifo)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['fifo']);
  });

  test('without a reader: reports it once, waits, and continues when there is one', async () => {
    const onNoReader = vi.fn();
    const opening = openResultPipe({ path: fifo, signal: never, onNoReader });
    await expect.poll(() => onNoReader.mock.calls.length).toBe(1);
    await delay(350);
    const reading = readFile(fifo, 'utf8');
    await using pipe = await opening;
    await pipe.write(Buffer.from('result'));
    await pipe.finish();
    expect(await reading).toBe('result');
    expect(onNoReader).toHaveBeenCalledTimes(1);
  });

  test('without a reader: Ctrl-C ends the wait', async () => {
    const stop = new AbortController();
    const onNoReader = () => stop.abort(new Error('interrupted'));
    await expect(openResultPipe({ path: fifo, signal: stop.signal, onNoReader })).rejects.toThrow(
      'interrupted',
    );
  });

  test('with a reader that does not read: Ctrl-C ends the write', async () => {
    await using _reader = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const stop = new AbortController();
    await using pipe = await openResultPipe({ path: fifo, signal: stop.signal, onNoReader: surplus });
    const writing = pipe.write(new Uint8Array(200_000));
    setTimeout(() => stop.abort(new Error('interrupted')), 100);
    await expect(writing).rejects.toThrow('interrupted');
  });

  test('whose reader goes away is a result that cannot be written', async () => {
    const reader = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    await using pipe = await openResultPipe({ path: fifo, signal: never, onNoReader: surplus });
    await reader.close();
    await expect(pipe.write(new Uint8Array(10))).rejects.toMatchObject({
      code: 'result-not-writable',
      message: `cannot write ${fifo}: its reader closed it (EPIPE)`,
    });
  });
});
