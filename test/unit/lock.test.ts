// The lock between processes: one holder at a time, dead ones relieved, nothing thrown out of band.
import { spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostTag } from '../../src/io/files/unfinished-files.js';
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

test('B080: a holder killed with -9 is relieved within 2 s', async () => {
  const compiled = new URL('../../.test-build/io/store/lock.js', import.meta.url).href;
  const script = `
    import { takeLock } from ${JSON.stringify(compiled)};
    await takeLock(${JSON.stringify(path)}, { pid: process.pid, isAlive: () => true, signal: new AbortController().signal });
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  const waiting = takeLock(path, { ...options, signal: AbortSignal.timeout(15_000) });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const killed = Date.now();
  await using _ = await waiting;
  expect(Date.now() - killed).toBeLessThan(2000);
});

test('many that wait for a dead holder relieve it once', async () => {
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

test('a holder on another machine counts as alive until it is silent for long', async () => {
  await writeFile(path, lockText(1, '00000000'));
  await expect(takeLock(path, { ...options, signal: AbortSignal.timeout(300) })).rejects.toThrow();
  const old = Date.now() / 1000 - 60;
  await utimes(path, old, old);
  await using _ = await takeLock(path, options);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostTag() });
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

test('a lock killed between its creation and its first byte is relieved', async () => {
  await writeFile(path, '');
  const old = Date.now() / 1000 - 2;
  await utimes(path, old, old);
  await using _ = await takeLock(path, options);
  expect(await readFile(path, 'utf8')).toContain(String(process.pid));
});

test('a folder that takes no lock is the system error, at once', async () => {
  await expect(takeLock(join(folder, 'none', 'a.lock'), options)).rejects.toMatchObject({ code: 'ENOENT' });
});
