// A file is replaced whole or stays as it was.

import { execFileSync } from 'node:child_process';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeWhole } from '../../src/io/files/write-whole.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-whole-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mode = async (path: string) => (await stat(path)).mode & 0o777;

test('writes a new file, text as UTF-8, and leaves nothing beside it', async () => {
  const path = join(folder, 'a.json');
  await writeWhole(path, '{"name":"Möbel"}', { mode: 0o600, pid: process.pid });
  expect(await readFile(path, 'utf8')).toBe('{"name":"Möbel"}');
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('replaces with bytes, also with none', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'a longer text than the new one');
  await writeWhole(path, new Uint8Array([0, 255]), { mode: 0o600, pid: process.pid });
  expect(await readFile(path)).toEqual(Buffer.from([0, 255]));
  await writeWhole(path, '', { mode: 0o600, pid: process.pid });
  expect((await stat(path)).size).toBe(0);
});

test.each([0o600, 0o644])('B068: the mode is enforced on an existing file (%o)', async (wanted) => {
  const path = join(folder, 'a');
  await writeFile(path, 'old', { mode: 0o666 });
  await writeWhole(path, 'new', { mode: wanted, pid: process.pid });
  expect(await mode(path)).toBe(wanted);
});

test('B077: a symlink is kept, what it points to is replaced in its own folder', async () => {
  await mkdir(join(folder, 'real'));
  await writeFile(join(folder, 'real/store.json'), 'old');
  await symlink('real/store.json', join(folder, 'middle'));
  await symlink('middle', join(folder, 'store.json'));
  await writeWhole(join(folder, 'store.json'), 'new', { mode: 0o600, pid: process.pid });
  expect(await readlink(join(folder, 'store.json'))).toBe('middle');
  expect(await readlink(join(folder, 'middle'))).toBe('real/store.json');
  expect(await readFile(join(folder, 'real/store.json'), 'utf8')).toBe('new');
  expect(await readdir(join(folder, 'real'))).toEqual(['store.json']);
});

test('B077: a dangling symlink is kept and its target created', async () => {
  await symlink(join(folder, 'later.json'), join(folder, 'store.json'));
  await writeWhole(join(folder, 'store.json'), 'new', { mode: 0o600, pid: process.pid });
  expect(await readlink(join(folder, 'store.json'))).toBe(join(folder, 'later.json'));
  expect(await readFile(join(folder, 'later.json'), 'utf8')).toBe('new');
});

test('B077: a file in a symlinked folder', async () => {
  await mkdir(join(folder, 'real'));
  await symlink('real', join(folder, 'config'));
  await writeWhole(join(folder, 'config/a.json'), 'new', { mode: 0o600, pid: process.pid });
  expect(await readFile(join(folder, 'real/a.json'), 'utf8')).toBe('new');
});

test('symlinks in a circle are the system error, not an endless loop', async () => {
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  await expect(writeWhole(join(folder, 'a'), 'x', { mode: 0o600, pid: process.pid })).rejects.toMatchObject({
    code: 'ELOOP',
  });
  expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
});

test('a folder in the way stays, and the draft is removed', async () => {
  await mkdir(join(folder, 'a'));
  await expect(writeWhole(join(folder, 'a'), 'x', { mode: 0o600, pid: process.pid })).rejects.toMatchObject({
    code: 'EISDIR',
  });
  expect(await readdir(folder)).toEqual(['a']);
});

test('a missing folder is the system error', async () => {
  const writing = writeWhole(join(folder, 'none/a'), 'x', { mode: 0o600, pid: process.pid });
  await expect(writing).rejects.toMatchObject({ code: 'ENOENT' });
});

test('writers at once: one of them wins, whole', async () => {
  const path = join(folder, 'a');
  const texts = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(50_000));
  await Promise.all(texts.map((text) => writeWhole(path, text, { mode: 0o600, pid: process.pid })));
  expect(texts).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['a']);
});

test('B067: on a disk with 4096 free bytes a save of 6 kB fails and the old file stays', async ({ skip }) => {
  if (noSmallDisk) return skip(noSmallDisk);
  await using disk = await mountSmallDisk(64);
  const path = join(disk.folder, 'store.json');
  await writeFile(path, 'old and good');
  await disk.fillTo(4096);
  const writing = writeWhole(path, 'x'.repeat(6000), { mode: 0o600, pid: process.pid });
  await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await readFile(path, 'utf8')).toBe('old and good');
  expect((await readdir(disk.folder)).sort()).toEqual(['filler', 'store.json']);
});

test('B073: a read-only disk is the system error', async ({ skip }) => {
  if (noSmallDisk) return skip(noSmallDisk);
  await using disk = await mountSmallDisk(64);
  disk.makeReadOnly();
  const writing = writeWhole(join(disk.folder, 'a'), 'x', { mode: 0o600, pid: process.pid });
  await expect(writing).rejects.toMatchObject({ code: 'EROFS' });
});

test('the draft is whole and flushed to the disk before it takes the place of the file', async () => {
  const path = join(folder, 'a.json');
  await writeFile(path, 'old');
  await using handle = await open(path);
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  const { sync } = prototype;
  const seen: string[][] = [];
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const names = (await readdir(folder)).sort();
    seen.push(await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8'))));
    await sync.call(this);
  });
  try {
    await writeWhole(path, 'new', { mode: 0o600, pid: process.pid });
  } finally {
    spy.mockRestore();
  }
  // First the draft beside the file, and then the folder.
  expect(seen).toEqual([['new', 'old'], ['new']]);
});

test('B136: a pipe, also one behind a link, is never replaced', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await symlink('pipe', join(folder, 'link'));
  for (const path of [pipe, join(folder, 'link')]) {
    const writing = writeWhole(path, 'x', { mode: 0o600, pid: process.pid });
    await expect(writing).rejects.toMatchObject({ code: 'EFTYPE' });
  }
  expect((await stat(pipe)).isFIFO()).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['link', 'pipe']);
});
