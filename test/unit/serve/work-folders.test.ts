// The folders of runs are removed whatever their command did to them, and one that stays does not stop the server.

import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WorkFolders } from '../../../src/serve/runs/work-folders.js';
import { asOrdinaryUser, IS_ROOT, OTHER_USER, ordinaryFolder } from '../../support/ordinary-user.js';

const NO_PROCESSES = { signalGroup: () => {}, kill: () => {} };

let root: string;
beforeEach(async () => {
  root = await ordinaryFolder('bimservice-work-folders-');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Folders as some commands leave them. */
async function lock(run: string): Promise<void> {
  const cache = join(run, 'scratch', 'cache');
  await mkdir(join(cache, 'module'), { recursive: true });
  await writeFile(join(cache, 'module', 'file'), 'x', { mode: 0o400 });
  await mkdir(join(run, 'scratch', 'closed'), { mode: 0o000 });
  await chmod(join(cache, 'module'), 0o500);
  await chmod(cache, 0o500);
}

test.skipIf(process.platform === 'win32')('a folder in which a command took away rights is removed', () =>
  asOrdinaryUser(async () => {
    const folders = await WorkFolders.open(root, NO_PROCESSES);
    const run = folders.create('run');
    await lock(run.path);
    await chmod(run.path, 0o000);
    await run[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual([]);
  }),
);

test.skipIf(process.platform === 'win32')('so is one that a killed server left', () =>
  asOrdinaryUser(async () => {
    await mkdir(join(root, 'run'));
    await lock(join(root, 'run'));
    const left: string[] = [];
    await WorkFolders.open(root, NO_PROCESSES, (path) => left.push(path));
    expect([await readdir(root), left]).toEqual([[], []]);
  }),
);

test.skipIf(!IS_ROOT)('a folder that cannot be removed is reported, and the others are removed', async () => {
  await mkdir(join(root, 'foreign', 'of-root'), { recursive: true });
  await mkdir(join(root, 'run'));
  await chown(join(root, 'run'), OTHER_USER, OTHER_USER);
  const left: string[] = [];
  await asOrdinaryUser(() => WorkFolders.open(root, NO_PROCESSES, (path) => left.push(path)));
  expect(left).toEqual([join(root, 'foreign')]);
  expect(await readdir(root)).toEqual(['foreign']);
});
