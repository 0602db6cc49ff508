// The program keeps its compiled code for the next start, where no other user can write, and runs without it just as well.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { platform, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';

const NAME = `bimservice-code-${userInfo().uid}`;
const CODE_CACHE = fileURLToPath(new URL('../../bin/code-cache.js', import.meta.url));
const OLD = new Date(Date.now() - 40 * 86_400_000);

/** Runs a short command with `folder` for temporary files; it must do its work. */
async function runs(workspace: Workspace, more: Record<string, string> = {}): Promise<void> {
  const env = { TMPDIR: workspace.folder, ...more };
  const { code, stdout, stderr } = await workspace.spawn(['config', 'get', 'store'], { env });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'files\n', stderr: '' });
}

/** The files of compiled code with the times of their last change. */
async function kept(folder: string): Promise<Map<string, number>> {
  const found = await readdir(folder, { withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  return new Map(await Promise.all(files.map(async (path) => [path, (await stat(path)).mtimeMs] as const)));
}

test.skipIf(platform() === 'win32')('code of a command is kept once, for this user alone', async () => {
  await using workspace = await Workspace.create();
  const folder = join(workspace.folder, NAME);
  await runs(workspace);
  const first = await kept(folder);
  expect(first.size).toBe(2);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const path of first.keys()) expect((await stat(path)).mode & 0o777).toBe(0o600);
  await runs(workspace);
  expect(await kept(folder)).toEqual(first);
});

test.skipIf(platform() === 'win32')('code that is not whole is not run, and is made new', async () => {
  await using workspace = await Workspace.create();
  const folder = join(workspace.folder, NAME);
  await runs(workspace);
  const [one = '', two = ''] = (await kept(folder)).keys();
  const code = await readFile(one);
  // What a disk can make of it at a power failure: a block without content, and a file that is too short.
  const lost = Buffer.from(code).fill(0, 8192, 12_288);
  await writeFile(one, lost);
  await writeFile(two, (await readFile(two)).subarray(0, 5000));
  const old = join(folder, 'list-of-another-version');
  await writeFile(old, 'old');
  await utimes(old, OLD, OLD);
  await runs(workspace);
  expect((await readFile(one)).equals(lost)).toBe(false);
  expect((await stat(two)).size).toBeGreaterThan(5000);
  expect([...(await kept(folder)).keys()]).not.toContain(old);
  const mended = await kept(folder);
  await runs(workspace);
  expect(await kept(folder)).toEqual(mended);
});

test.skipIf(platform() === 'win32').each([
  [
    'a folder that others may write to',
    async (folder: string) => {
      await mkdir(folder);
      await chmod(folder, 0o777);
    },
  ],
  [
    'a link',
    async (folder: string) => {
      await mkdir(`${folder}-target`, { mode: 0o700 });
      await symlink(`${folder}-target`, folder);
    },
  ],
  ['a file', (folder: string) => writeFile(folder, '', { mode: 0o600 })],
])('%s in its place: nothing is read or written there', async (_, prepare) => {
  await using workspace = await Workspace.create();
  const folder = join(workspace.folder, NAME);
  await prepare(folder);
  await runs(workspace);
  const before = await readdir(folder).catch(() => []);
  expect(before).toEqual([]);
});

test.each(['missing', 'a-file/below'])(
  'no folder for temporary files (%s): it runs without',
  async (name) => {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'a-file'), '');
    await runs(workspace, { TMPDIR: join(workspace.folder, name) });
  },
);

test.skipIf(platform() === 'win32')('all mistakes use the same code', async () => {
  await using workspace = await Workspace.create();
  for (const word of ['lst', 'autorize', 'no-such-command']) {
    const { code } = await workspace.spawn([word], { env: { TMPDIR: workspace.folder } });
    expect(code).toBe(2);
  }
  const names = [...(await kept(join(workspace.folder, NAME))).keys()].map((path) => basename(path));
  expect(names.map((name) => name.split('-')[0])).toEqual(names.map(() => 'other'));
  expect(names.length).toBeLessThan(3);
});

test('NODE_DISABLE_COMPILE_CACHE keeps nothing', async () => {
  await using workspace = await Workspace.create();
  const before = await readdir(workspace.folder);
  await runs(workspace, { NODE_DISABLE_COMPILE_CACHE: '1' });
  expect((await readdir(workspace.folder)).filter((name) => !before.includes(name))).toEqual([]);
});

test('another version of the same length and time runs its own code, as npm gives every file the same time', async () => {
  await using workspace = await Workspace.create();
  const main = join(workspace.folder, 'main.cjs');
  const loads = `require(${JSON.stringify(CODE_CACHE)}).loadCached(${JSON.stringify(main)}, /^$/, ${JSON.stringify(workspace.folder)}, 'x').go()`;
  for (const version of ['1', '2', '2']) {
    const hash = createHash('sha256').update(version).digest('hex').slice(0, 32);
    await writeFile(main, `exports.go = () => console.log('version ${version}');\n//${hash}\n`);
    await utimes(main, OLD, OLD);
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', loads]);
    expect(stdout).toBe(`version ${version}\n`);
  }
  const names = await readdir(workspace.folder);
  expect(names.filter((name) => name.startsWith('x-'))).toHaveLength(2);
});
