// The archives of a release: the program that can be run, and the licenses of all that is in it.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { makeArchive } from '../../build/archive.mjs';
import { cleanEnvironment, spawnProgram } from '../support/cli.js';

let root: string;
/** A download of Node, as far as it matters. */
let node: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bimservice-archive-'));
  await mkdir(join(root, 'node/bin'), { recursive: true });
  node = join(root, 'node/bin/node');
  await writeFile(node, '');
  await writeFile(join(root, 'node/LICENSE'), 'the terms of Node');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const PARTS = ['LICENSE', 'LICENSE-NODE.txt', 'LICENSES.txt', 'man', 'sbom.cdx.json'];

async function archive(file: string, system: string) {
  const out = join(root, system);
  await mkdir(out);
  const program = join(root, file);
  await writeFile(program, '#!/bin/sh\necho ran\n');
  await chmod(program, 0o755);
  return { out, path: await makeArchive({ program, node, version: '1.2.3', out, system }) };
}

test('of Linux: a .tar.gz with one folder, whose program runs', async () => {
  const { out, path } = await archive('bimservice', 'linux-x64');
  expect(basename(path)).toBe('bimservice-1.2.3-linux-x64.tar.gz');
  expect(await readdir(out)).toEqual([basename(path)]);
  const env = cleanEnvironment();
  expect(await spawnProgram('tar', ['-xzf', path], { cwd: out, env })).toMatchObject({ code: 0 });
  const folder = join(out, 'bimservice-1.2.3-linux-x64');
  expect((await readdir(folder)).sort()).toEqual([...PARTS, 'bimservice'].sort());
  expect(await readFile(join(folder, 'LICENSE-NODE.txt'), 'utf8')).toBe('the terms of Node');
  expect((await stat(join(folder, 'man/bimservice.1'))).size).toBeGreaterThan(100);
  const ran = await spawnProgram(join(folder, 'bimservice'), [], { cwd: out, env });
  expect(ran).toMatchObject({ code: 0, stdout: 'ran\n' });
});

test('of Windows: a .zip with the same', async () => {
  const { path } = await archive('bimservice.exe', 'win-x64');
  expect(basename(path)).toBe('bimservice-1.2.3-win-x64.zip');
  const zip = await openPromise(path);
  const contents = new Map<string, string>();
  for await (const entry of zip.eachEntry())
    contents.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)));
  const folder = 'bimservice-1.2.3-win-x64';
  const names = new Set([...contents.keys()].map((name) => name.split('/').slice(0, 2).join('/')));
  expect([...names].sort()).toEqual([...PARTS, 'bimservice.exe'].map((name) => `${folder}/${name}`).sort());
  expect(contents.get(`${folder}/bimservice.exe`)).toBe('#!/bin/sh\necho ran\n');
});

test('none is made without the license of Node', async () => {
  await rm(join(root, 'node/LICENSE'));
  await expect(archive('bimservice', 'linux-arm64')).rejects.toThrow(/no LICENSE of Node beside/);
});
