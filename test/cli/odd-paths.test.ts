// Paths that are a pipe, a device or a socket: written to or read where that makes sense, and otherwise an error in words.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OpenService } from '../support/open-service.js';
import type { PlannedResponse } from '../support/strict-server.js';

const RESULT: PlannedResponse = {
  status: 200,
  headers: [['Content-Type', 'application/json']],
  body: '{"issues":0}',
};

/** An open service, with a named pipe `pipe` and a socket `socket` in its working folder. */
class World implements AsyncDisposable {
  readonly #socket = createServer();

  private constructor(
    readonly service: OpenService,
    readonly pipe: string,
  ) {}

  static async open(): Promise<World> {
    const service = await OpenService.start(RESULT);
    const world = new World(service, join(service.workspace.folder, 'pipe'));
    execFileSync('mkfifo', [world.pipe]);
    world.#socket.listen(join(service.workspace.folder, 'socket'));
    await once(world.#socket, 'listening');
    return world;
  }

  get folder(): string {
    return this.service.workspace.folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.service[Symbol.asyncDispose]();
  }
}

test('B136: a report goes into a named pipe, which waits for its reader and stays a pipe', async () => {
  await using world = await World.open();
  let report: Promise<string> | undefined;
  const { code, stderr } = await world.service.invoke(['model.ifc', '--report', 'junit=pipe'], {
    onStderr(text) {
      if (text.includes('waiting for a reader')) report = readFile(world.pipe, 'utf8');
    },
  });
  expect(code, stderr).toBe(0);
  expect(await report).toMatch(/^<\?xml.*<\/testsuites>\s*$/s);
  expect((await lstat(world.pipe)).isFIFO()).toBe(true);
});

test('B136: a report never takes the place of a socket', async () => {
  await using world = await World.open();
  const { code, stderr } = await world.service.invoke(['model.ifc', '--report', 'junit=socket']);
  expect(code).toBe(7);
  expect(stderr).toMatch(/the report \S*socket cannot be written \(no program or device is at its other end/);
  expect((await lstat(join(world.folder, 'socket'))).isSocket()).toBe(true);
});

test('the summary of a step that is a pipe without a reader is an error in words', async () => {
  await using world = await World.open();
  const { code, stderr } = await world.service.invoke(['model.ifc', '--report', 'github'], {
    env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: world.pipe },
  });
  expect(code).toBe(7);
  expect(stderr).toMatch(/pipe cannot be written \(no program or device is at its other end/);
});

test('a receipt gets another name where a pipe has its name', async () => {
  await using world = await World.open();
  execFileSync('mkfifo', [join(world.folder, 'result.json.run.json')]);
  const { code, stderr } = await world.service.invoke(['model.ifc', '-o', 'result.json']);
  expect(code, stderr).toBe(0);
  expect(await readdir(world.folder)).toContain('result.json.run (1).json');
  expect((await lstat(join(world.folder, 'result.json.run.json'))).isFIFO()).toBe(true);
});

test('a list is read from a named pipe', async () => {
  await using world = await World.open();
  const list = await readFile(join(world.folder, 'list.json'));
  const writer = createWriteStream(world.pipe);
  writer.end(list);
  const { code, stdout, stderr } = await world.service.workspace.run(['list', '-r', 'pipe']);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('check');
});

test.each([
  ['list -r socket', 3, /socket cannot be read: no program or device is at its other end/],
  ['list -r /dev/zero', 3, /\/dev\/zero cannot be read: it is too large/],
  ['list -r https://127.0.0.1:9/list --ca-file /dev/zero', 2, /--ca-file \S+ cannot be read \(too large/],
  ['serve /dev/zero --check', 3, /\/dev\/zero cannot be read \(too large/],
  ['invoke check socket -r list.json', 7, /socket: it is a socket/],
  [
    'watch check pipe.ifc --once --settle 10ms -r list.json -o out',
    7,
    /pipe\.ifc.*it is a pipe or a device, not a file/s,
  ],
  ['bcf pipe', 8, /pipe is no BCF/],
  ['invoke check model.ifc -r list.json --baseline pipe', 8, /pipe is no BCF/],
])('%s is an error in words', async (line, exit, words) => {
  await using world = await World.open();
  execFileSync('mkfifo', [join(world.folder, 'pipe.ifc')]);
  const { code, stderr } = await world.service.workspace.run(line.split(' '));
  expect(stderr).toMatch(words);
  expect(code).toBe(exit);
});

test('exported credentials are not read from a device that never ends', async () => {
  await using world = await World.open();
  const env = { BIMSERVICE_CREDENTIALS_FILE: '/dev/zero' };
  const { code, stderr } = await world.service.workspace.run(['status', '-r', 'list.json'], { env });
  expect(stderr).toMatch(/BIMSERVICE_CREDENTIALS_FILE \/dev\/zero cannot be read \(too large/);
  expect(code).toBe(2);
});

test('a list on stdin that never ends is refused', async () => {
  await using world = await World.open();
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  async function* endless() {
    for (;;) yield piece;
  }
  const { code, stderr } = await world.service.workspace.run(['list', '-r', '-'], {
    input: Object.assign(endless(), { isTTY: false }),
  });
  expect(stderr).toMatch(/stdin holds more than 64 MiB/);
  expect(code).toBe(2);
});

test('the log goes into a named pipe with a reader, and without one is an error', async () => {
  await using world = await World.open();
  const { workspace } = world.service;
  const argv = ['invoke', 'check', 'model.ifc', '-r', 'list.json', '--log-file', 'pipe'];
  const refused = await workspace.spawn(argv);
  expect(refused.stderr).toMatch(/the log file cannot be written: \S*pipe \(no program or device/);
  expect(refused.code).toBe(7);
  const [written, log] = await Promise.all([workspace.spawn(argv), readFile(world.pipe, 'utf8')]);
  expect(written.code, written.stderr).toBe(0);
  expect(log).toMatch(/bimservice \d.*model\.ifc: done/s);
});

test('a pipe in the place of config.json is mentioned, and not waited for', async () => {
  await using world = await World.open();
  const { workspace } = world.service;
  await mkdir(workspace.configDir);
  execFileSync('mkfifo', [join(workspace.configDir, 'config.json')]);
  const { code, stderr } = await workspace.spawn(['invoke', 'check', 'model.ifc', '-r', 'list.json']);
  expect(stderr).toMatch(/config\.json cannot be read \(it is a pipe or a device, not a file/);
  expect(code, stderr).toBe(0);
});

test('a field of a form that is a pipe is refused before anything is sent', async () => {
  await using world = await OpenService.start(RESULT, { upload: 'multipart' });
  execFileSync('mkfifo', [join(world.workspace.folder, 'rules')]);
  await writeFile(join(world.workspace.folder, 'empty'), '');
  const { code, stderr } = await world.invoke(['model.ifc', '--field', 'rules=@rules']);
  expect(stderr).toMatch(/rules: it is a pipe or a device, not a file/);
  expect(code).toBe(7);
  expect(world.server.callsTo('run')).toHaveLength(0);
});

test('a name in bytes that are not UTF-8 is an error that says so', async () => {
  await using world = await World.open();
  // What Node makes of an argument with the byte F6.
  const { code, stderr } = await world.service.invoke(['M\uFFFDbel.ifc']);
  expect(code).toBe(7);
  expect(stderr).toMatch(/no such file\n {2}Its name has bytes that are not UTF-8.*stdin/);
});

test('a token for an open service is refused, because nothing would send it', async () => {
  await using world = await World.open();
  const { workspace } = world.service;
  const done = await workspace.run(['token', 'check', '--set', '-', '-r', 'list.json'], { stdin: 'a-token' });
  expect(done, done.stderr).toMatchObject({ code: 2 });
  expect(done.stderr).toContain('is an open service');
});
