// A result on real disks: whole under its name, or not there at all.

import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  type link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hostTag } from '../../src/io/files/holder.js';
import { removeStaleParts } from '../../src/io/files/unfinished-files.js';
import { placeAsNew } from '../../src/io/result/place-file.js';
import { type CommitOptions, openResultFile, ResultFile } from '../../src/io/result/result-file.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';

const PID = 4242;
const NUMBER: CommitOptions = { overwrite: false, onTaken: 'number' };
const FAIL: CommitOptions = { overwrite: false, onTaken: 'fail' };
const FORCE: CommitOptions = { overwrite: true, onTaken: 'fail' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'result-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const names = async (directory = folder) => (await readdir(directory)).sort();
const text = (name: string) => readFile(join(folder, name), 'utf8');

async function opened(content = 'result', directory = folder) {
  const file = await openResultFile({ directory, umask: 0o022, pid: PID });
  await file.write(Buffer.from(content));
  return file;
}

test('B067: a cut result is whole where the system writes three bytes at a time', async () => {
  const part = join(folder, '.x.part');
  const handle = await open(part, 'wx+');
  const write = handle.write.bind(handle);
  Object.assign(handle, {
    write: (data: Uint8Array, from: number, length: number, at: number | null) =>
      write(data, from, Math.min(length, 3), at),
  });
  await using file = new ResultFile(folder, part, handle, 0o644);
  await file.write(Buffer.from('before:the result itself:after'));
  const saved = await file.commit('r.txt', { ...FAIL, only: { start: 7, end: 24 } });
  expect(await text('r.txt')).toBe('the result itself');
  expect(saved).toMatchObject({
    bytes: 17,
    sha256: createHash('sha256').update('the result itself').digest('hex'),
  });
});

describe('a part', () => {
  test('is hidden, private and in the folder of the result', async () => {
    await using _ = await opened();
    const [part, ...others] = await names();
    expect(others).toEqual([]);
    expect(part).toMatch(/^\.bimservice-[0-9a-f]{8}-4242-[0-9a-f]{16}\.part$/);
    expect((await stat(join(folder, part ?? ''))).mode & 0o777).toBe(0o600);
  });

  test('B127: disposed without a commit, it is gone and no name appears', async () => {
    {
      await using file = await opened();
      await file.write(new Uint8Array(1_000_000));
    }
    expect(await names()).toEqual([]);
  });

  test('is touched while it waits for its first byte', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await using _ = await opened('');
      const part = join(folder, (await names())[0] ?? '');
      await utimes(part, 1, 1);
      vi.advanceTimersByTime(15_000);
      await expect.poll(async () => (await stat(part)).mtimeMs).toBeGreaterThan(Date.now() - 600_000);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('commit', () => {
  test('gives bytes, hash, path and an ordinary mode', async () => {
    await using file = await openResultFile({ directory: folder, umask: 0o027, pid: PID });
    const chunks = [randomBytes(100_000), new Uint8Array(0), randomBytes(1)];
    for (const chunk of chunks) await file.write(chunk);
    expect(file.bytes).toBe(100_001);
    const whole = Buffer.concat(chunks);
    expect(await file.commit('a.bcf', FAIL)).toEqual({
      path: join(folder, 'a.bcf'),
      bytes: 100_001,
      sha256: createHash('sha256').update(whole).digest('hex'),
    });
    expect(await readFile(join(folder, 'a.bcf'))).toEqual(whole);
    expect((await stat(join(folder, 'a.bcf'))).mode & 0o777).toBe(0o640);
    expect((await stat(join(folder, 'a.bcf'))).nlink).toBe(1);
    expect(await names()).toEqual(['a.bcf']);
  });

  test('an empty result is a result', async () => {
    await using file = await opened('');
    expect(await file.commit('a', FAIL)).toMatchObject({ bytes: 0 });
    expect(await names()).toEqual(['a']);
  });

  test('B134: existing names are numbered', async () => {
    for (const n of [1, 2, 3]) {
      await using file = await opened(`result ${n}`);
      await file.commit('a.bcf', NUMBER);
    }
    expect(await names()).toEqual(['a (1).bcf', 'a (2).bcf', 'a.bcf']);
    expect(await text('a.bcf')).toBe('result 1');
    expect(await text('a (2).bcf')).toBe('result 3');
  });

  test('B134: onTaken fail names the file, keeps both, and can be called again', async () => {
    await writeFile(join(folder, 'a.bcf'), 'old');
    await using file = await opened();
    await expect(file.commit('a.bcf', FAIL)).rejects.toMatchObject({
      code: 'result-exists',
      exitCode: 7,
      message: expect.stringContaining(join(folder, 'a.bcf')),
      hint: expect.stringContaining('--force'),
    });
    expect(await text('a.bcf')).toBe('old');
    expect((await file.commit('a.bcf', NUMBER)).path).toBe(join(folder, 'a (1).bcf'));
    expect(await text('a (1).bcf')).toBe('result');
  });

  test.each([
    ['a file', (path: string) => writeFile(path, 'old')],
    ['a symlink', (path: string) => symlink('other', path)],
    ['a dangling symlink', (path: string) => symlink('nowhere', path)],
    ['nothing', async () => undefined],
  ])('B134: overwrite replaces %s and follows no link', async (_, prepare) => {
    await writeFile(join(folder, 'other'), 'other');
    await prepare(join(folder, 'a'));
    await using file = await opened();
    await file.commit('a', FORCE);
    expect((await lstat(join(folder, 'a'))).isFile()).toBe(true);
    expect(await text('a')).toBe('result');
    expect(await text('other')).toBe('other');
    expect(await names()).toEqual(['a', 'other']);
  });

  test.each(['other', 'nowhere'])(
    'B134: without overwrite a symlink to %s is an existing name',
    async (to) => {
      await writeFile(join(folder, 'other'), 'other');
      await symlink(to, join(folder, 'a'));
      await using file = await opened();
      await file.commit('a', NUMBER);
      expect(await readlink(join(folder, 'a'))).toBe(to);
      expect(await text('a (1)')).toBe('result');
      expect(await names()).toEqual(['a', 'a (1)', 'other']);
    },
  );

  test.each([FORCE, FAIL])('a folder in the way is never replaced: %j', async (options) => {
    await mkdir(join(folder, 'a'));
    await using file = await opened();
    await expect(file.commit('a', options)).rejects.toMatchObject({
      code: 'result-exists',
      message: expect.stringContaining('is not a file'),
    });
    expect((await lstat(join(folder, 'a'))).isDirectory()).toBe(true);
    await file.commit('a', { overwrite: true, onTaken: 'number' });
    expect(await text('a (1)')).toBe('result');
  });

  test('B136: overwrite never replaces a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'a')]);
    await using file = await opened();
    await expect(file.commit('a', FORCE)).rejects.toMatchObject({ code: 'result-exists' });
    expect((await lstat(join(folder, 'a'))).isFIFO()).toBe(true);
  });

  test('B134: twenty at once for one name: all kept, each whole', async () => {
    const files = await Promise.all(Array.from({ length: 20 }, (_, n) => opened(`${n},`.repeat(20_000))));
    const saved = await Promise.all(files.map((file) => file.commit('a.bcf', NUMBER)));
    expect(new Set(saved.map(({ path }) => path)).size).toBe(20);
    for (const [n, { path }] of saved.entries()) {
      expect(await readFile(path, 'utf8')).toBe(`${n},`.repeat(20_000));
    }
    expect(await names()).toHaveLength(20);
  });

  test('of two at once that may not be numbered, one gets the name and one an error', async () => {
    await using one = await opened();
    await using two = await opened();
    const outcomes = await Promise.allSettled([one.commit('a', FAIL), two.commit('a', FAIL)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each(['', '.', '..', 'a/b', '../a', 'a\0'])('%j is refused as an internal error', async (name) => {
    await using file = await opened();
    await expect(file.commit(name, FORCE)).rejects.toMatchObject({ code: 'internal' });
  });

  test('a write after the commit is an internal error', async () => {
    await using file = await opened();
    await file.commit('a', FAIL);
    await expect(file.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'internal' });
    expect(await text('a')).toBe('result');
  });
});

test('keepAs keeps a rejected body, numbered', async () => {
  for (const n of [1, 2]) {
    await using file = await opened(`rejected ${n}`);
    await file.keepAs('a.bcf');
  }
  expect(await names()).toEqual(['a.bcf (1).rejected', 'a.bcf.rejected']);
  expect(await text('a.bcf (1).rejected')).toBe('rejected 2');
});

describe('a file system without hard links', () => {
  const refusing =
    (code: string): typeof link =>
    () =>
      Promise.reject(Object.assign(new Error(code), { code }));

  test.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'])(
    '%s: the name is reserved',
    async (code) => {
      await writeFile(join(folder, 'part'), 'result');
      expect(await placeAsNew(join(folder, 'part'), join(folder, 'a'), refusing(code))).toBe(true);
      expect(await text('a')).toBe('result');
      await writeFile(join(folder, 'part'), 'second');
      expect(await placeAsNew(join(folder, 'part'), join(folder, 'a'), refusing(code))).toBe(false);
      expect(await text('a')).toBe('result');
      expect(await names()).toEqual(['a', 'part']);
    },
  );

  test('a dangling symlink is an existing name there too', async () => {
    await writeFile(join(folder, 'part'), 'result');
    await symlink('nowhere', join(folder, 'a'));
    expect(await placeAsNew(join(folder, 'part'), join(folder, 'a'), refusing('EPERM'))).toBe(false);
    expect(await names()).toEqual(['a', 'part']);
  });

  test('a reserved name is given back when the rename fails', async () => {
    const placing = placeAsNew(join(folder, 'no-part'), join(folder, 'a'), refusing('EPERM'));
    await expect(placing).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await names()).toEqual([]);
  });

  test('another error is not treated like that', async () => {
    await writeFile(join(folder, 'part'), 'result');
    const placing = placeAsNew(join(folder, 'part'), join(folder, 'a'), refusing('EIO'));
    await expect(placing).rejects.toMatchObject({ code: 'EIO' });
    expect(await names()).toEqual(['part']);
  });
});

describe('a disk that says no', () => {
  test('a folder that is not there is found at the opening', async () => {
    await expect(opened('', join(folder, 'none'))).rejects.toMatchObject({
      code: 'result-not-writable',
      exitCode: 7,
      phase: 'save',
      message: `cannot write ${join(folder, 'none')}: no such file or folder (ENOENT)`,
      hint: expect.stringContaining('-o'),
    });
  });

  test('a file where the folder should be', async () => {
    await writeFile(join(folder, 'a'), '');
    const opening = opened('', join(folder, 'a'));
    await expect(opening).rejects.toMatchObject({ code: 'result-not-writable', message: /ENOTDIR/ });
  });

  test('a folder without permission is found at the opening', async ({ skip }) => {
    if (process.getuid?.() === 0) return skip('root may write everywhere');
    await chmod(folder, 0o555);
    const opening = opened('');
    await expect(opening).rejects.toMatchObject({ code: 'result-not-writable', message: /EACCES/ });
  });

  test('a read-only disk is found at the opening', async ({ skip }) => {
    if (noSmallDisk) return skip(noSmallDisk);
    await using disk = await mountSmallDisk(64);
    disk.makeReadOnly();
    const opening = opened('', disk.folder);
    await expect(opening).rejects.toMatchObject({ code: 'result-not-writable', message: /read-only.*EROFS/ });
  });

  test('a disk that fills up: the write says so, and nothing gets a name or stays', async ({ skip }) => {
    if (noSmallDisk) return skip(noSmallDisk);
    await using disk = await mountSmallDisk(64);
    {
      await using file = await opened('', disk.folder);
      const writing = file.write(new Uint8Array(100_000));
      await expect(writing).rejects.toMatchObject({
        code: 'result-not-writable',
        exitCode: 7,
        message: `cannot write ${disk.folder}: no space left on the disk (ENOSPC)`,
      });
      await expect(file.commit('a', FAIL)).rejects.toMatchObject({ code: 'result-not-writable' });
      await expect(file.keepAs('a')).rejects.toMatchObject({ code: 'result-not-writable' });
    }
    expect(await names(disk.folder)).toEqual([]);
  });
});

describe('removeStaleParts', () => {
  const dead = { pid: PID, isAlive: () => false };
  const old = (minutes: number) => Date.now() / 1000 - minutes * 60;

  async function leave(name: string, minutes: number) {
    await writeFile(join(folder, name), 'left');
    await utimes(join(folder, name), old(minutes), old(minutes));
  }

  test.each<[about: string, name: string, minutes: number, alive: number[], gone: boolean]>([
    ['the writer is dead', `.bimservice-${hostTag()}-77-0123456789abcdef.part`, 0, [], true],
    ['the writer lives', `.bimservice-${hostTag()}-77-0123456789abcdef.part`, 200, [77], false],
    ['our own id, of an earlier run', `.bimservice-${hostTag()}-4242-0123456789abcdef.part`, 2, [4242], true],
    ['our own id, of this run', `.bimservice-${hostTag()}-4242-0123456789abcdef.part`, 0, [4242], false],
    ['another machine, touched lately', '.bimservice-00000000-77-0123456789abcdef.part', 9, [], false],
    ['another machine, long ago', '.bimservice-00000000-77-0123456789abcdef.part', 11, [77], true],
    ['a draft whose writer is dead', `.bimservice-${hostTag()}-77-0123456789abcdef.draft`, 0, [], true],
    [
      'a draft of conf whose writer is dead',
      `.bimservice-${hostTag()}-77-0123456789abcdef.draft.tmp-1a`,
      0,
      [],
      true,
    ],
    ['a draft whose writer lives', `.bimservice-${hostTag()}-77-0123456789abcdef.draft`, 200, [77], false],
    ['an old draft of another machine', '.bimservice-00000000-77-0123456789abcdef.draft', 61, [], true],
    ['a draft of another machine, of now', '.bimservice-00000000-77-0123456789abcdef.draft', 2, [], false],
    ['not our spelling', '.bimservice-00000000-77-0123456789ABCDEF.part', 200, [], false],
    ['more behind our spelling', '.bimservice-00000000-77-0123456789abcdef.part.bak', 200, [], false],
    ['not hidden', 'bimservice-00000000-77-0123456789abcdef.part', 200, [], false],
    ['someone else', 'model.ifc.part', 200, [], false],
    ['a result', 'a.bcf', 200, [], false],
  ])('%s', async (_, name, minutes, alive, gone) => {
    await leave(name, minutes);
    const removed = await removeStaleParts(folder, { pid: PID, isAlive: (pid) => alive.includes(pid) });
    expect(removed).toEqual(gone ? [name] : []);
    expect(await names()).toEqual(gone ? [] : [name]);
  });

  test('never a folder, nor what a link of our spelling points to', async () => {
    await mkdir(join(folder, '.bimservice-00000000-77-0000000000000000.part'));
    await leave('mine', 200);
    await symlink('mine', join(folder, '.bimservice-00000000-77-0000000000000001.part'));
    await utimes(join(folder, '.bimservice-00000000-77-0000000000000000.part'), old(200), old(200));
    expect(await removeStaleParts(folder, dead)).toEqual([]);
    expect(await names()).toHaveLength(3);
  });

  test('a folder that cannot be read is no error', async () => {
    expect(await removeStaleParts(join(folder, 'none'), dead)).toEqual([]);
  });

  test('B137: kill -9 in the middle leaves no result, and the part goes with the next run', async () => {
    const out = join(folder, 'out');
    await mkdir(out);
    // Compiled by `npm run build:test`.
    const compiled = new URL('../../.test-build/io/result/result-file.js', import.meta.url).href;
    const script = `
        import { openResultFile } from ${JSON.stringify(compiled)};
        const file = await openResultFile({ directory: ${JSON.stringify(out)}, umask: 0o022, pid: process.pid });
        for (;;) {
          await file.write(new Uint8Array(10_000));
          process.stdout.write('.');
        }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const left = await names(out);
    expect(left).toEqual([
      expect.stringMatching(`^\\.bimservice-${hostTag()}-${child.pid}-[0-9a-f]{16}\\.part$`),
    ]);

    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(await removeStaleParts(out, { pid: process.pid, isAlive })).toEqual(left);
    expect(await names(out)).toEqual([]);
  });
});
