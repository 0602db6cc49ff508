// The lock between processes: one holder at a time, takeover of stale locks, no unhandled errors.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostTag } from '../../src/io/files/holder.js';
import { takeLock } from '../../src/io/store/lock.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-lock-'));
  path = join(folder, 'a.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;
setMaxListeners(0, never);
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const options = { pid: process.pid, isAlive, signal: never };
const lockText = (pid: number, host = hostTag()) => JSON.stringify({ pid, host, start: 1, nonce: 'x' });

test('one holder at a time, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      await using _ = await takeLock(path, options);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    }),
  );
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

/** A process that has the lock. */
async function holder(): Promise<ChildProcess> {
  const compiled = new URL('../../.test-build/io/store/lock.js', import.meta.url).href;
  const script = `
    import { takeLock } from ${JSON.stringify(compiled)};
    await takeLock(${JSON.stringify(path)}, { pid: process.pid, isAlive: () => true, signal: new AbortController().signal });
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  return child;
}

test('B080: a lock whose holder was killed with -9 is taken over at once', async () => {
  const child = await holder();
  // Longer than the limit of a test: it is the end of the process that counts, and not the age of the lock.
  const waiting = takeLock(path, { ...options, staleMs: 600_000 });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using _ = await waiting;
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('many processes that wait for a dead holder take the lock over once', async () => {
  await writeFile(path, lockText(999_999_999));
  let inside = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      await using _ = await takeLock(path, options);
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside -= 1;
    }),
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a holder on another machine counts as alive while someone touches its lock, for any date says', async () => {
  await writeFile(path, lockText(1, '00000000'));
  let minutes = 0;
  // Its clock is hours behind ours.
  const touching = setInterval(() => {
    minutes += 1;
    const old = Date.now() / 1000 - 7200 + minutes;
    utimes(path, old, old).catch(() => {});
  }, 50);
  const waiting = takeLock(path, { ...options, staleMs: 2500, signal: AbortSignal.timeout(4000) });
  await expect(waiting).rejects.toThrow();
  clearInterval(touching);
  await using _ = await takeLock(path, { ...options, staleMs: 200 });
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostTag() });
});

test('a process id that another process has by now is no holder', async () => {
  await writeFile(path, JSON.stringify({ pid: process.ppid, host: hostTag(), started: 1 }));
  await using _ = await takeLock(path, {
    ...options,
    isAlive: () => true,
    staleMs: 600_000,
  });
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('a stopped holder keeps its lock; after the wait the error names it', async () => {
  const child = await holder();
  child.kill('SIGSTOP');
  try {
    const waiting = takeLock(path, { ...options, staleMs: 500, waitMs: 2000 });
    await expect(waiting).rejects.toMatchObject({
      code: 'store-not-writable',
      message: expect.stringContaining(`process ${child.pid} on `),
    });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: child.pid });
  } finally {
    child.kill('SIGKILL');
  }
});

test.each<[string, (path: string) => Promise<unknown>]>([
  ['a folder', (at) => mkdir(at)],
  ['a dangling link', (at) => symlink('/nowhere/at/all', at)],
  ['a link to a file', (at) => symlink('/etc/hostname', at)],
])('%s in the place of the lock is an error', async (_, plant) => {
  await plant(path);
  await expect(takeLock(path, options)).rejects.toMatchObject({
    code: 'store-not-writable',
    message: expect.stringContaining(path),
  });
});

test('a living holder is waited for until the signal says stop', async () => {
  await using _ = await takeLock(path, options);
  const stop = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason), 100);
  await expect(takeLock(path, { ...options, signal: stop.signal })).rejects.toBe(reason);
});

test('a lock that was taken over is left to its new holder', async () => {
  const held = await takeLock(path, options);
  await writeFile(path, lockText(1, '00000000'));
  await held[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual(['a.lock']);
});

test('a lock killed between its creation and its first byte is taken over', async () => {
  await writeFile(path, '');
  await using _ = await takeLock(path, options);
  expect(await readFile(path, 'utf8')).toContain(String(process.pid));
});

test('a folder without write access is the system error, at once', async () => {
  await expect(takeLock(join(folder, 'none', 'a.lock'), options)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a pipe in the place of a lock is an error in words, and is not waited for', async () => {
  execFileSync('mkfifo', [path]);
  await expect(takeLock(path, options)).rejects.toMatchObject({
    code: 'store-not-writable',
    message: expect.stringContaining('it is a pipe or a device, not a file'),
  });
  expect((await lstat(path)).isFIFO()).toBe(true);
});
