// Folders that are made where they are missing.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder } from '../../src/io/files/make-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-make-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('is made with those above it, for this user alone, and may be there already', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await makePrivateFolder(path);
  await makePrivateFolder(path);
  const isWindows = process.platform === 'win32';
  expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(isWindows ? 0o666 : 0o700);
});

test('is an error where a file has its name, or the name of a folder above it', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makePrivateFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makePrivateFolder(join(folder, 'file', 'a'))).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:ENOTDIR|ENOENT|EEXIST)$/),
  });
});

test.skipIf(process.platform !== 'linux')(
  'is an error on a file system that has no new folders, at once',
  async () => {
    await expect(makePrivateFolder('/proc/bimservice/a')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('is made once by many at the same time', async () => {
  const path = join(folder, 'a', 'b', 'c', 'd');
  await Promise.all(Array.from({ length: 40 }, () => makePrivateFolder(path)));
  expect((await stat(path)).isDirectory()).toBe(true);
});
