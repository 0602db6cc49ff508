// A command as a service, with the built program: what it is given, what becomes of it, and what is left behind.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import * as client from '../unit/serve/support.js';
import {
  consentingBrowser,
  isAlive,
  runFolders,
  type Served,
  script,
  sendModel,
  serveFolder,
  startServe,
} from './server.js';
import { hasSqlite } from './stores.js';

const COMMAND = String.raw`
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { spawn } from 'node:child_process';
const [input, output, type] = process.argv.slice(2);
const text = readFileSync(input, 'utf8');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const [word, more] = text.split(' ');
process.stderr.write('progress 40 Checking walls\n');
if (word === 'fail') { process.stderr.write('bad \u001b[31mrule\n at ' + input + '\n'); process.exit(3); }
if (word === 'nothing') process.exit(0);
if (word === 'loop') { symlinkSync(output, output); process.exit(0); }
if (word === 'folder') { mkdirSync(output); process.exit(0); }
if (word === 'gone') { rmSync(dirname(output), { recursive: true }); process.exit(0); }
if (word === 'signal') process.kill(process.pid, 'SIGSEGV');
if (word === 'hang') { writeFileSync(more, String(process.pid)); process.on('SIGTERM', () => {}); await wait(600000); }
if (word === 'fork') {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'inherit' });
  writeFileSync(more, String(child.pid));
  await wait(200);
}
if (word === 'leave') {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'ignore', detached: true });
  writeFileSync(more, String(child.pid));
  child.unref();
}
if (word === 'slow') await wait(1500);
if (word === 'flood') for (;;) { writeFileSync(output, Buffer.alloc(4 << 20), { flag: 'a' }); await wait(5); }
if (word === 'env') { writeFileSync(output, JSON.stringify(process.env)); process.exit(0); }
writeFileSync(output, 'checked ' + text.length + ' of ' + type);
process.exit(0);
`;

describe.runIf(hasSqlite())('a command', () => {
  let folder: Awaited<ReturnType<typeof serveFolder>>;
  let served: Served;
  beforeAll(async () => {
    folder = await serveFolder();
    await script(folder.path, 'check.mjs', COMMAND);
    const service = (id: string, more: object) => ({
      id,
      name: `Check ${id}`.trim(),
      command: [process.execPath, 'check.mjs', '{input}', '{output}', '{inputType}'],
      inputs: ['IFC_STEP_4'],
      outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'],
      ...more,
    });
    const services = [service('check', { timeout: '3s', disk: '20 MB', maxBytes: '1 MB', env: ['SHOWN'] })];
    await script(folder.path, 'large.json', JSON.stringify([service('large', { disk: '1 MB' })]));
    await script(folder.path, 'services.json', JSON.stringify(services));
    served = await startServe({
      cwd: folder.path,
      data: folder.data,
      argv: ['services.json'],
      env: { SHOWN: 'yes', HIDDEN: 'no' },
    });
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  const send = (body: string, headers: Record<string, string> = {}) =>
    sendModel(served, 'check', { body, headers });
  const failure = async (body: string): Promise<string> => {
    const response = await send(body);
    expect({ status: response.status, type: response.headers['output-type'] }).toEqual({
      status: 200,
      type: 'ERROR',
    });
    expect(response.headers).toMatchObject({ 'data-title': 'Error', 'content-type': 'application/json' });
    const [, words, id] = /^(.*) \(request (\S+)\)$/.exec(String(client.readJson(response).message)) ?? [];
    expect(id).toBe(response.headers['x-request-id']);
    return String(words);
  };

  /** Waits for the end of the process whose id is in a file. */
  const endOf = (pidFile: string) =>
    expect.poll(async () => isAlive(Number(await readFile(pidFile, 'utf8')))).toBe(false);

  it('is given the model as a file, and its result file is the result', async () => {
    const response = await send('a model');
    expect(response.text).toBe('checked 7 of IFC_STEP_4');
    expect(response.headers).toMatchObject({
      'output-type': 'UNSTRUCTURED_UTF8_TEXT_1_0',
      'content-type': 'text/plain',
      'content-disposition': 'attachment; filename="check.txt"',
    });
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });

  it('B158: never gets a word of ours from the sender, for any headers', async () => {
    const response = await send('a model', {
      'Input-Type': 'IFC_STEP_4',
      'Content-Disposition': 'x; rm -rf $(x)',
    });
    expect(response.text).toBe('checked 7 of IFC_STEP_4');
    expect((await send('a model', { 'Input-Type': '; rm -rf /' })).status).toBe(415);
  });

  it('may get a model that is larger than what it may write', async () => {
    const data = join(folder.path, 'other');
    await using other = await startServe({ cwd: folder.path, data, argv: ['large.json'] });
    const response = await sendModel(other, 'large', { body: 'm'.repeat(2_000_000) });
    expect(response.text).toBe('checked 2000000 of IFC_STEP_4');
  });

  it('that fails is an error with its last lines, cleaned, without the folder of the run', async () => {
    expect(await failure('fail')).toMatch(
      /^The command ended with exit code 3: bad \[31mrule \| at model\.ifc$/,
    );
  });

  it('that writes nothing is an error, and so is one that ends by a signal', async () => {
    for (const word of ['nothing', 'loop', 'folder', 'gone'])
      expect(await failure(word), word).toBe('The command wrote no result');
    expect(await failure('signal')).toBe('The command was ended by SIGSEGV');
  });

  it('is not started for a model of no bytes', async () => {
    expect(await failure('')).toBe('The model is empty');
  });

  it('that hangs and ignores TERM is ended by KILL', async () => {
    const pidFile = join(folder.path, 'hang.pid');
    expect(await failure(`hang ${pidFile}`)).toBe('The command took longer than 3 seconds');
    await endOf(pidFile);
  });

  it('that leaves a process behind: it is ended with the command', async () => {
    const pidFile = join(folder.path, 'fork.pid');
    expect((await send(`fork ${pidFile}`)).text).toContain('checked');
    await endOf(pidFile);
  });

  it.skipIf(!existsSync('/proc/self/environ'))(
    'that leaves a process behind in a session of its own: it is found and ended',
    async () => {
      const pidFile = join(folder.path, 'leave.pid');
      expect((await send(`leave ${pidFile}`)).text).toContain('checked');
      await endOf(pidFile);
    },
  );

  it('that writes gigabytes is ended at its limit', async () => {
    expect(await failure('flood')).toMatch(/^The command wrote more than 19\.1 MiB/);
  });

  it('sees only the environment that it is given', async () => {
    const env = client.readJson(await send('env'));
    expect(env).toMatchObject({
      SHOWN: 'yes',
      PATH: expect.any(String),
      REQUEST_ID: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(env).not.toHaveProperty('HIDDEN');
  });

  it('is ended when the sender goes away', async () => {
    const pidFile = join(folder.path, 'gone.pid');
    const token = await client.getToken(served.provider);
    const body = `hang ${pidFile}`;
    const socket = connect(Number(new URL(served.origin).port), '127.0.0.1');
    socket.write(
      `POST /services/check HTTP/1.1\r\nHost: ${new URL(served.origin).host}\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => '')).not.toBe('');
    socket.destroy();
    await endOf(pidFile);
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['another type', { 'Input-Type': 'IFC_XML_4' }, 415],
    ['a declared length over the limit', { 'Content-Length': '1000001' }, 413],
  ])('judges by the head: %s is refused', async (_title, headers, status) => {
    const token = await client.getToken(served.provider);
    const lines = Object.entries({
      'Content-Length': '5',
      'Input-Type': 'IFC_STEP_4',
      ...headers,
      Expect: '100-continue',
    });
    const socket = connect(Number(new URL(served.origin).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST /services/check HTTP/1.1\r\nHost: ${new URL(served.origin).host}\r\nAuthorization: Bearer ${token}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    await closed;
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 415) expect(text).toContain('This service takes IFC_STEP_4');
  });

  it('refuses a chunked body that goes over the limit', async () => {
    let sent = 0;
    const token = await client.getToken(served.provider);
    const response = await fetch(`${served.origin}/services/check`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: new ReadableStream({
        // Each piece waits for a turn of the event loop: without it the client writes forever and never reads the response.
        async pull(controller) {
          await nextTurn();
          sent += 256 * 1024;
          if (sent > 64 * 1024 * 1024) controller.error(new Error('64 MiB, and no response'));
          else controller.enqueue(new Uint8Array(256 * 1024));
        },
      }),
      duplex: 'half',
    } as RequestInit).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(response);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });

  it('reports its progress to our client over the websocket, and its result comes there', async () => {
    await using workspace = await Workspace.create();
    const repository = `${served.origin}/servicelist`;
    const authorized = await workspace.run(['authorize', 'check', '-r', repository, '--wait', '5m'], {
      browser: consentingBrowser(),
    });
    expect(authorized, authorized.stderr).toMatchObject({ code: 0 });
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    const argv = ['invoke', 'check', 'model.ifc', '-r', repository, '--flow', 'async', '--json'];
    const done = await workspace.run(argv);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(await readFile(join(workspace.folder, 'check.txt'), 'utf8')).toMatch(
      /^checked \d+ of IFC_STEP_4$/,
    );
    expect(served.stderr()).toMatch(/run "Check check" for/);
  });

  it('logs why a request was refused', async () => {
    await send('a model', { 'Input-Type': 'IFC_XML_4' });
    await expect
      .poll(() => served.stderr())
      .toMatch(/POST \/services\/check 415 .* refused: This service takes IFC_STEP_4 id=/);
    await client.ask(`${served.origin}/services/check`, {
      headers: { Authorization: 'Bearer x' },
      body: 'a',
    });
    await expect
      .poll(() => served.stderr())
      .toMatch(/check 401 .* refused: The access token is unknown, expired or revoked id=/);
  });

  it('logs one line a request, with an id that the client has too', async () => {
    const { headers } = await send('a model');
    const id = String(headers['x-request-id']);
    await expect.poll(() => served.stderr()).toContain(id);
    const lines = served
      .stderr()
      .split('\n')
      .filter((line) => line.includes(id));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z POST \/services\/check 200 \d+ ms from 127\.0\.0\.1 run "Check check"/,
    );
  });
});
