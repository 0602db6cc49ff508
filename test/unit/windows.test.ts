// What the program does with rights and owners on Windows, which has neither mode bits nor numbers for users.
import { statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Workspace } from '../support/cli.js';

vi.mock('node:os', async (load) => ({
  ...(await load<typeof import('node:os')>()),
  platform: () => 'win32',
}));
// The setup of the tests has loaded some modules with the real platform.
vi.resetModules();
const { systemReason } = await import('../../src/io/files/system-reason.js');
const { createCredentialFiles } = await import('../../src/io/store/credential-files.js');

test('a file of credentials has mode 666 on Windows: no warning at each read', async () => {
  await using workspace = await Workspace.create();
  const folder = join(workspace.folder, 'credentials');
  await mkdir(folder);
  const key = `token-${'0'.repeat(32)}`;
  const file = join(folder, `${key}.json`);
  await writeFile(file, '{}');
  await chmod(file, 0o666);
  const warnings: string[] = [];
  const store = createCredentialFiles({
    folder,
    pid: process.pid,
    isAlive: () => true,
    cleanUp: async () => {},
    warn: (line) => warnings.push(line),
    onHeld: () => {},
    now: () => 0,
  });
  expect(await store.read(key)).toBe('{}');
  expect(warnings).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o666);
});

test('no owner is named on Windows', async () => {
  await using workspace = await Workspace.create();
  const error = Object.assign(new Error('EPERM'), { code: 'EPERM' });
  expect(systemReason(error, workspace.folder)).toBe('operation not permitted, EPERM');
});
