// `npm run test:peers` before its tests: what it needs, what it fetches, and what it does not run.
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, spawnProgram } from '../support/cli.js';

const SCRIPT = fileURLToPath(new URL('../../build/peers.mjs', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-peers-test-'));
  await mkdir(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program on PATH that is a few lines of shell. */
async function tool(name: string, lines: string): Promise<void> {
  const path = join(folder, 'bin', name);
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
}

async function jdk(version: string): Promise<void> {
  await tool('java', `echo 'openjdk version "${version}" 2025-04-15' >&2`);
  for (const name of ['javac', 'jar']) await tool(name, 'exit 0');
}

async function peers(...argv: string[]): Promise<CliResult> {
  await symlink(process.execPath, join(folder, 'bin', 'node'));
  const env = { PATH: join(folder, 'bin'), HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
  return spawnProgram(process.execPath, [SCRIPT, ...argv], { cwd: folder, env });
}

test('says first what it needs, then what is missing and how to get it', async () => {
  const { code, stdout, stderr } = await peers('--fetch');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^test:peers needs a JDK .* Maven .* in \S+bimservice-peers\.\n$/);
  expect(stderr).toMatch(/^Not on PATH: java, javac, jar\. Install a JDK/);
  expect(stderr).toContain('Not on PATH: mvn. Install Maven');
});

test('an old Java', async () => {
  await jdk('1.8.0_392');
  expect((await peers('--fetch')).stderr).toContain('This Java is version 8.');
});

test('what Maven cannot fetch leaves nothing behind', async () => {
  await jdk('17.0.15');
  await tool('mvn', 'case "$1" in --version) exit 0;; esac; exit 1');
  const { code, stderr } = await peers('--fetch');
  expect(code).toBe(1);
  expect(stderr).toContain('Maven cannot fetch org.opensourcebim:bimserverjar:');
  expect(await readdir(join(folder, 'cache', 'bimservice-peers'))).toEqual([]);
});

test('a file that is not the published one is not run', async () => {
  await jdk('17.0.15');
  // Maven runs in the folder that it copies to.
  await tool('mvn', 'for name in bimserverjar-1.5.186 ifcplugins-0.0.106; do echo x > $name.jar; done');
  const { code, stderr } = await peers();
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /bimserverjar-1\.5\.186\.jar is not the file that was published: SHA-256 [0-9a-f]{64}/,
  );
});
