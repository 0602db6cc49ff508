// Which packages a command loads. Loading takes time at the start, so each command has a list that is as short as possible.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bcfArchive, topicEntries } from '../support/bcf.js';
import { cleanEnvironment, Desk, PROGRAM, spawnProgram } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const HOOK = fileURLToPath(new URL('../support/loaded-files.cjs', import.meta.url));
const CHUNKS = new URL('../../.test-build/chunks.json', import.meta.url);

const chunks: Record<string, string[]> = JSON.parse(await readFile(CHUNKS, 'utf8'));

/** The packages whose code a command line loads, in order of their names. */
async function packagesOf(
  desk: Desk,
  argv: readonly string[],
  exitCode = 0,
  more: Record<string, string> = {},
): Promise<string[]> {
  const list = join(desk.folder, 'loaded.txt');
  const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: desk.configDir, LOADED_FILES: list, ...more };
  const done = await spawnProgram(process.execPath, ['-r', HOOK, PROGRAM, ...argv], {
    cwd: desk.folder,
    env,
  });
  expect(done, done.stderr).toMatchObject({ code: exitCode });
  const files = (await readFile(list, 'utf8')).split('\n').map((file) => basename(file));
  const loaded = Object.entries(chunks).filter(([chunk]) => files.includes(basename(chunk)));
  return [...new Set(loaded.flatMap(([, packages]) => packages))].sort();
}

// leven is one small function, for a command that is misspelled.
const START = ['commander', 'leven'];
// json5 only for a list that is not JSON.
const LISTS = START;

test('--version: none; --help and a mistake: the command line alone', async () => {
  await using desk = await Desk.create();
  expect(await packagesOf(desk, ['--version'])).toEqual([]);
  expect(await packagesOf(desk, ['--help'])).toEqual(START);
  expect(await packagesOf(desk, ['invoke', '--help'])).toEqual(START);
  expect(await packagesOf(desk, ['--nonsense'], 2)).toEqual(START);
});

test('list and status from a fresh copy: no HTTP, no colors', async () => {
  await using desk = await Desk.create();
  const server = createServer((_, response) =>
    response.end('[{"name":"A","resourceUrl":"http://127.0.0.1:9/a"}]'),
  );
  const list = `${await origin(server)}/list.json`;
  const asking = await packagesOf(desk, ['list', '-r', list]);
  await new Promise((resolve) => server.close(resolve));
  expect(asking).toContain('undici');
  expect(await packagesOf(desk, ['list', '-r', list])).toEqual(LISTS);
  expect(await packagesOf(desk, ['status', '-r', list])).toEqual(LISTS);
});

test('a text that is not ASCII loads string-width, and the default folder loads env-paths', async () => {
  await using desk = await Desk.create();
  await writeFile(
    join(desk.folder, 'list.json'),
    '[{"name":"検証サービス","resourceUrl":"http://127.0.0.1:9/a"}]',
  );
  expect(await packagesOf(desk, ['list', '-r', 'list.json'])).toContain('string-width');
  expect(
    await packagesOf(desk, ['list', '-r', 'list.json'], 0, { HOME: desk.folder, BIMSERVICE_CONFIG_DIR: '' }),
  ).toContain('env-paths');
});

test('invoke: readers of models, no undici, no websocket, no proxy agent, no question, no spinner', async () => {
  await using desk = await Desk.create();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('checked'));
  });
  const entry = { name: 'Open', resourceUrl: `${await origin(server)}/run` };
  await writeFile(join(desk.folder, 'list.json'), JSON.stringify([entry]));
  await writeFile(join(desk.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const loaded = await packagesOf(desk, ['invoke', 'open', 'model.ifc', '-r', 'list.json']);
  const matching = await packagesOf(desk, ['invoke', 'open', '*.ifc', '--dry-run', '-r', 'list.json']);
  expect(matching).toEqual(expect.arrayContaining(['fdir', 'picomatch', 'tinyglobby']));
  await new Promise((resolve) => server.close(resolve));
  expect(loaded).toEqual(['commander', 'leven', 'proxy-from-env', 'sax']);
});

test('bcf: readers of archives and XML, nothing else', async () => {
  await using desk = await Desk.create();
  await writeFile(join(desk.folder, 'r.bcf'), await bcfArchive({ entries: topicEntries({}) }));
  expect(await packagesOf(desk, ['bcf', 'r.bcf'])).toEqual(['commander', 'leven', 'pend', 'sax', 'yauzl']);
});

test('only a change of config.json loads conf', async () => {
  await using desk = await Desk.create();
  const changed = await packagesOf(desk, ['config', 'set', 'store', 'files']);
  expect(changed).toContain('conf');
  expect(await packagesOf(desk, ['config', 'get', 'store'])).toEqual(START);
});

test('only watch loads chokidar, and only when it waits for events', async () => {
  await using desk = await Desk.create();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('checked'));
  });
  const entry = { name: 'Open', resourceUrl: `${await origin(server)}/run` };
  await writeFile(join(desk.folder, 'list.json'), JSON.stringify([entry]));
  await writeFile(join(desk.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const argv = ['watch', 'open', 'model.ifc', '-r', 'list.json', '--settle', '0'];
  const once = await packagesOf(desk, [...argv, '--once']);
  await new Promise((resolve) => server.close(resolve));
  expect(once).toEqual(['commander', 'leven', 'proxy-from-env', 'sax']);
  const chunk = Object.entries(chunks).find(([, packages]) => packages.includes('chokidar'));
  expect(chunk?.[1]).toEqual(['chokidar', 'readdirp']);
});

test('serve loads its packages only when it serves', async () => {
  await using desk = await Desk.create();
  expect(await packagesOf(desk, ['serve', '--help'])).toEqual(await packagesOf(desk, ['list', '--help']));
  const checked = await packagesOf(desk, ['serve', '--exec', `${process.execPath} {input}`, '--check']);
  expect(checked).toEqual(
    expect.arrayContaining(['jsonc-parser', 'prom-client', 'rate-limiter-flexible', 'shlex', 'ws']),
  );
});

test('the NATS client is loaded only by serve --nats and worker', async () => {
  await using desk = await Desk.create();
  const loads = async (exitCode: number, ...argv: string[]): Promise<boolean> => {
    await packagesOf(desk, argv, exitCode);
    return (await readFile(join(desk.folder, 'loaded.txt'), 'utf8')).includes('@nats-io');
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
