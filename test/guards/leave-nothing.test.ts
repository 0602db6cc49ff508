// What a test leaves behind is found at the end of the run (test/support/leave-nothing.ts).
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changesOf, leftIn } from '../support/leave-nothing.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bimservice-left-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('the temporary folder of tests is one of their own', () => {
  expect(basename(dirname(root))).toMatch(/^bs-\w{6}$/);
});

test('a folder or a file is left, the code cache is not', async () => {
  await mkdir(join(root, 'bimservice-code-0'));
  expect(leftIn(root)).toEqual([]);
  await mkdir(join(root, 'bimservice-test-x'));
  await writeFile(join(root, 'pwned'), '');
  expect(leftIn(root).sort()).toEqual(['bimservice-test-x', 'pwned']);
});

test('an empty file in a checkout is a change; what git ignores and a folder without git are no changes', async () => {
  await writeFile(join(root, 'pwned'), '');
  expect(changesOf(root)).toEqual([]);
  spawnSync('git', ['init', '-q', root]);
  await writeFile(join(root, '.gitignore'), '.gitignore\ndist/\n');
  await mkdir(join(root, 'dist'));
  await writeFile(join(root, 'dist', 'main.cjs'), '');
  expect(changesOf(root)).toEqual(['?? pwned']);
});
