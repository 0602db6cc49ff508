// The process that runs the commands of a server: it outlives no server, and a server outlives it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandRun, FromRunner, ToRunner } from '../../src/serve/runs/command-run.js';
import * as client from '../unit/serve/support.js';
import {
  childrenOf,
  isAlive,
  runFolders,
  type Served,
  script,
  sendModel,
  serveFolder,
  startServe,
} from './server.js';
import { hasSqlite } from './stores.js';

const PROGRAM = fileURLToPath(new URL('../../dist/run-commands.cjs', import.meta.url));

/** Writes its id into the file that the model names, and works until that file is gone; any other model is done at once. */
const COMMAND = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const [word, path] = readFileSync(0, 'utf8').split(' ');
if (word === 'wait') {
  writeFileSync(path, String(process.pid));
  while (existsSync(path)) await new Promise((go) => setTimeout(go, 20));
}
process.stdout.write('read ' + word);
`;

describe.runIf(hasSqlite())('the process that runs the commands', () => {
  let folder: Awaited<ReturnType<typeof serveFolder>>;
  let served: Served;
  let pidFile: string;
  beforeEach(async () => {
    folder = await serveFolder();
    pidFile = join(folder.path, 'pid');
    const exec = await script(folder.path, 'read.mjs', COMMAND);
    const argv = ['--exec', exec, '--name', 'Reader', '--concurrency', '2'];
    served = await startServe({ cwd: folder.path, data: folder.data, argv });
  });
  afterEach(async () => {
    await served[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const send = (body: string) => sendModel(served, 'reader', { body });
  async function commandId(): Promise<number> {
    await expect.poll(async () => existsSync(pidFile) && (await readFile(pidFile, 'utf8'))).toMatch(/^\d+$/);
    return Number(await readFile(pidFile, 'utf8'));
  }

  it('is started with the first run and serves all others', async () => {
    expect(await childrenOf(served)).toEqual([]);
    expect((await send('one')).text).toBe('read one');
    const [runner = 0, ...others] = await childrenOf(served);
    expect([isAlive(runner), others]).toEqual([true, []]);
    expect((await send('two')).text).toBe('read two');
    expect(await childrenOf(served)).toEqual([runner]);
  });

  it('that is killed takes its commands with it; their senders know, and the next run has another', async () => {
    const lost = send(`wait ${pidFile}`);
    const command = await commandId();
    for (const runner of await childrenOf(served)) process.kill(runner, 'SIGKILL');
    const response = await lost;
    expect(response.headers['output-type']).toBe('ERROR');
    expect(client.readJson(response).message).toMatch(
      /^The process that runs the commands was lost \(SIGKILL\) \(request /,
    );
    await expect.poll(() => isAlive(command)).toBe(false);
    expect((await send('again')).text).toBe('read again');
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });

  it('ends its commands and itself when the server is killed', async () => {
    const lost = send(`wait ${pidFile}`).catch(() => {});
    const command = await commandId();
    const [runner = 0] = await childrenOf(served);
    served.child.kill('SIGKILL');
    await lost;
    await expect.poll(() => isAlive(command)).toBe(false);
    await expect.poll(() => isAlive(runner)).toBe(false);
  });

  it('lets a run end when a terminal or a service manager sends a signal to every process', async () => {
    const result = send(`wait ${pidFile}`);
    await commandId();
    const [runner = 0] = await childrenOf(served);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(runner, signal);
    served.child.kill('SIGTERM');
    await expect.poll(() => served.stderr()).toContain('Stopping');
    await rm(pidFile);
    expect((await result).text).toBe('read wait');
    expect(await served.ended).toBe(0);
    await expect.poll(() => isAlive(runner)).toBe(false);
  });
});

it('of progress that comes faster than it is read, the last one arrives before the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-runner-'));
  await writeFile(join(folder, 'model.ifc'), 'model');
  const runner = fork(PROGRAM, [], { execArgv: [] });
  try {
    const lines =
      'for (let n = 0; n < 50000; n += 1) console.error("progress " + (n % 100)); console.error("progress 100 Done")';
    const run: CommandRun = {
      runId: 'flood',
      argv: [process.execPath, '-e', lines],
      cwd: folder,
      env: {},
      folder,
      workdir: join(folder, 'scratch'),
      model: join(folder, 'model.ifc'),
      output: join(folder, 'scratch', 'result'),
      takesStdin: false,
      givesStdout: true,
      timeoutMs: null,
      maxDiskBytes: 1_000_000,
    };
    const messages: FromRunner[] = [];
    const ended = new Promise<void>((resolve) => {
      runner.on('message', (message: FromRunner) => {
        messages.push(message);
        if ('end' in message) resolve();
      });
    });
    runner.send({ id: 7, run } satisfies ToRunner);
    await ended;
    expect(messages.slice(-2)).toEqual([
      { id: 7, progress: { percent: 100, label: 'Done' } },
      { id: 7, end: { exitCode: 0, exitSignal: null, stopped: null, lines: [], outputBytes: 0 } },
    ]);
  } finally {
    const gone = once(runner, 'exit');
    runner.disconnect();
    expect(await gone).toEqual([0, null]);
    await rm(folder, { recursive: true, force: true });
  }
});
