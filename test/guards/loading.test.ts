// Which packages a command loads. Loading takes time at the start, so each command has a list that is as short as possible.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bcfArchive, topicEntries } from '../support/bcf.js';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const HOOK = fileURLToPath(new URL('../support/loaded-files.cjs', import.meta.url));
const CHUNKS = new URL('../../.test-build/chunks.json', import.meta.url);

const chunks: Record<string, string[]> = JSON.parse(await readFile(CHUNKS, 'utf8'));

/** The packages whose code a command line loads, in order of their names. */
async function packagesOf(
  workspace: Workspace,
  argv: readonly string[],
  exitCode = 0,
  more: Record<string, string> = {},
): Promise<string[]> {
  const list = join(workspace.folder, 'loaded.txt');
  const env = {
    ...cleanEnvironment(),
    BIMSERVICE_CONFIG_DIR: workspace.configDir,
    LOADED_FILES: list,
    ...more,
  };
  const done = await spawnProgram(process.execPath, ['-r', HOOK, PROGRAM, ...argv], {
    cwd: workspace.folder,
    env,
  });
  expect(done, done.stderr).toMatchObject({ code: exitCode });
  const files = (await readFile(list, 'utf8')).split('\n').map((file) => basename(file));
  const loaded = Object.entries(chunks).filter(([chunk]) => files.includes(basename(chunk)));
  return [...new Set(loaded.flatMap(([, packages]) => packages))].sort();
}

// leven is one small function, for a command that is misspelled.
const START = ['commander', 'leven'];
/** What every command needs; the names of stored files are hashes. json5 is only for a list that is not JSON. */
const COMMAND = ['@noble/hashes', ...START];

test('--version and --help: none; the help of a command and a mistake: the command line alone', async () => {
  await using workspace = await Workspace.create();
  expect(await packagesOf(workspace, ['--version'])).toEqual([]);
  expect(await packagesOf(workspace, ['--help'])).toEqual([]);
  expect(await packagesOf(workspace, ['invoke', '--help'])).toEqual(START);
  expect(await packagesOf(workspace, ['--nonsense'], 2)).toEqual(START);
});

test('list and status from a fresh copy: no HTTP, no colors', async () => {
  await using workspace = await Workspace.create();
  const server = createServer((_, response) =>
    response.end('[{"name":"A","resourceUrl":"http://127.0.0.1:9/a"}]'),
  );
  const list = `${await origin(server)}/list.json`;
  const asking = await packagesOf(workspace, ['list', '-r', list]);
  await new Promise((resolve) => server.close(resolve));
  expect(asking).toContain('undici');
  expect(await packagesOf(workspace, ['list', '-r', list])).toEqual(COMMAND);
  expect(await packagesOf(workspace, ['status', '-r', list])).toEqual(COMMAND);
});

test('list and status with stored tokens from a fresh copy, and mistakes: no slow module of Node, few files', async () => {
  await using workspace = await Workspace.create();
  const server = createServer((_, response) =>
    response.end('[{"name":"A","resourceUrl":"http://127.0.0.1:9/a"}]'),
  );
  await workspace.run(['repository', 'add', `${await origin(server)}/list.json`]);
  await workspace.run(['token', 'a', '--set', '-'], { stdin: 'a-stored-token' });
  await new Promise((resolve) => server.close(resolve));
  for (const command of ['list', 'status']) {
    await packagesOf(workspace, [command]);
    expect(await builtinsOf(workspace), command).toEqual([]);
    expect(await filesOf(workspace), command).toEqual(['main.cjs', 'reading.cjs', 'rolldown-runtime']);
  }
  await packagesOf(workspace, ['no-such-command'], 2);
  expect(await builtinsOf(workspace)).toEqual([]);
  expect(await filesOf(workspace)).toEqual(['main.cjs', 'rolldown-runtime']);
  await packagesOf(workspace, ['config', 'set', 'store', 'files']);
  expect(await builtinsOf(workspace)).toEqual(expect.arrayContaining(['crypto', 'fs/promises', 'stream']));
});

/** The files of the bundle that were loaded by the last `packagesOf`, without their hashes. */
async function filesOf(workspace: Workspace): Promise<string[]> {
  const loaded = (await readFile(join(workspace.folder, 'loaded.txt'), 'utf8')).split('\n');
  const files = loaded.filter((file) => /[/\\]dist[/\\].*\.cjs$/.test(file));
  return files.map((file) => basename(file).replace(/-[\w-]{8}\.cjs$/, '')).sort();
}

/** Those of Node's modules that take a millisecond or more to load, and were loaded by the last `packagesOf`. */
async function builtinsOf(workspace: Workspace): Promise<string[]> {
  const loaded = (await readFile(join(workspace.folder, 'loaded.txt'), 'utf8')).split('\n');
  const slow = ['child_process', 'crypto', 'fs/promises', 'http', 'net', 'stream', 'tty', 'zlib'];
  return slow.filter((name) => loaded.includes(`NativeModule ${name}`));
}

test('a text that is not ASCII loads string-width, and the default folder loads env-paths', async () => {
  await using workspace = await Workspace.create();
  await writeFile(
    join(workspace.folder, 'list.json'),
    '[{"name":"検証サービス","resourceUrl":"http://127.0.0.1:9/a"}]',
  );
  expect(await packagesOf(workspace, ['list', '-r', 'list.json'])).toContain('string-width');
  expect(
    await packagesOf(workspace, ['list', '-r', 'list.json'], 0, {
      HOME: workspace.folder,
      BIMSERVICE_CONFIG_DIR: '',
    }),
  ).toContain('env-paths');
});

test('invoke: readers of models, no undici, no websocket, no proxy agent, no question, no spinner', async () => {
  await using workspace = await Workspace.create();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('checked'));
  });
  const entry = { name: 'Open', resourceUrl: `${await origin(server)}/run` };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const loaded = await packagesOf(workspace, ['invoke', 'open', 'model.ifc', '-r', 'list.json']);
  const matching = await packagesOf(workspace, ['invoke', 'open', '*.ifc', '--dry-run', '-r', 'list.json']);
  expect(matching).toEqual(expect.arrayContaining(['fdir', 'picomatch', 'tinyglobby']));
  await new Promise((resolve) => server.close(resolve));
  expect(loaded).toEqual([...COMMAND, 'sax']);
});

test('bcf: readers of archives and XML, nothing else', async () => {
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'r.bcf'), await bcfArchive({ entries: topicEntries({}) }));
  expect(await packagesOf(workspace, ['bcf', 'r.bcf'])).toEqual([...COMMAND, 'pend', 'sax', 'yauzl']);
});

test('only a change of config.json loads conf', async () => {
  await using workspace = await Workspace.create();
  const changed = await packagesOf(workspace, ['config', 'set', 'store', 'files']);
  expect(changed).toContain('conf');
  expect(await packagesOf(workspace, ['config', 'get', 'store'])).toEqual(COMMAND);
});

test('only watch loads chokidar, and only when it waits for events', async () => {
  await using workspace = await Workspace.create();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('checked'));
  });
  const entry = { name: 'Open', resourceUrl: `${await origin(server)}/run` };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const argv = ['watch', 'open', 'model.ifc', '-r', 'list.json', '--settle', '0'];
  const once = await packagesOf(workspace, [...argv, '--once']);
  await new Promise((resolve) => server.close(resolve));
  expect(once).toEqual([...COMMAND, 'sax']);
  const chunk = Object.entries(chunks).find(([, packages]) => packages.includes('chokidar'));
  expect(chunk?.[1]).toEqual(['chokidar', 'readdirp']);
});

test('serve loads its packages only when it serves', async () => {
  await using workspace = await Workspace.create();
  expect(await packagesOf(workspace, ['serve', '--help'])).toEqual(
    await packagesOf(workspace, ['list', '--help']),
  );
  const checked = await packagesOf(workspace, ['serve', '--exec', `${process.execPath} {input}`, '--check']);
  expect(checked).toEqual(
    expect.arrayContaining(['jsonc-parser', 'prom-client', 'rate-limiter-flexible', 'shlex', 'ws']),
  );
});

test('the NATS client is loaded only by serve --nats and worker', async () => {
  await using workspace = await Workspace.create();
  const loads = async (exitCode: number, ...argv: string[]): Promise<boolean> => {
    await packagesOf(workspace, argv, exitCode);
    return (await readFile(join(workspace.folder, 'loaded.txt'), 'utf8')).includes('@nats-io');
  };
  const exec = `${process.execPath} {input}`;
  expect(await loads(0, 'worker', '--help')).toBe(false);
  expect(await loads(0, 'serve', '--exec', exec, '--check')).toBe(false);
  // No server is there: the client was loaded to find that out.
  expect(await loads(5, 'worker', '--exec', exec, '--nats', 'nats://127.0.0.1:9')).toBe(true);
  expect(await loads(5, 'serve', '--exec', exec, '--nats', 'nats://127.0.0.1:9')).toBe(true);
});

async function origin(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
