// A build that is older than its source is found before a test runs on it (test/support/fresh-build.ts).

import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { staleBuilds, withImports } from '../support/fresh-build.js';

let root: string;

/** Writes a file that changed `seconds` after the others. */
async function write(path: string, seconds: number): Promise<void> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '');
  await utimes(file, 1000 + seconds, 1000 + seconds);
}

const reasons = () => staleBuilds(root).map(({ reason }) => reason);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bimservice-build-'));
  await write('src/errors.ts', 0);
  await write('src/protocol/generated/repository-entry.js', 50);
  await write('dist/main.cjs', 10);
  await write('.test-build/main.js', 20);
  for (const folder of ['src/protocol', 'src']) await utimes(join(root, folder), 1000, 1000);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a build that is newer than its source is fine, also with what it generates', () => {
  expect(reasons()).toEqual([]);
});

test('one that is older, or missing, is named with the file that is newer', async () => {
  await utimes(join(root, 'src/errors.ts'), 1015, 1015);
  expect(reasons()).toEqual(['dist/main.cjs is older than src/errors.ts']);
  await rm(join(root, '.test-build'), { recursive: true });
  expect(reasons()).toEqual(['dist/main.cjs is older than src/errors.ts', '.test-build/main.js is missing']);
});

test('a test needs a build when a file that it imports names it', () => {
  const text = (path: string) => withImports(fileURLToPath(new URL(path, import.meta.url))).join('');
  expect(text('../cli/help.test.ts')).toContain('bin/bimservice.js');
  expect(text('../unit/table.test.ts')).not.toMatch(/bin\/bimservice\.js|test-build/);
});
