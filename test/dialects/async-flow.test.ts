// The asynchronous flow (PROTOCOL 1.7): progress and result over the websocket, and all of its failures.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { StreamFault } from '../support/bimserver-options.js';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { type CliResult, cleanEnvironment, type RunOverrides, spawnProgram } from '../support/cli.js';
import { bcfZip, stepModel } from '../support/fixtures.js';
import { against, fake } from '../support/peer-meta.js';
import { header } from '../support/strict-server.js';

const ID = 'ifc-validator';

against({ ...fake('BIMserver'), ran: 'the asynchronous flow over the websocket (1.7)' });

const at = bimserverWorkspace(ID);
const { run, authorized } = at;

const invoke = (argv: readonly string[] = [], overrides: RunOverrides = {}): Promise<CliResult> =>
  run(['invoke', ID, 'model.ifc', ...argv], overrides);

const accepted = () => {
  const [call] = at.server.server.callsTo('invoke');
  return call && header(call, 'accept-flow');
};

test('progress is shown, and the result is saved as usual: name, receipt, checks', async () => {
  await authorized({
    progress: [
      [-1, 'Checking in'],
      [40, 'Geometry \u001b[31mof all\u0007 products'],
    ],
    workMs: 150,
  });
  const done = await invoke(['--json', '-v']);
  expect(done).toMatchObject({ code: 0 });
  const saved = join(at.workspace.folder, 'validationresults.bcfzip');
  const line = JSON.parse(done.stdout);
  expect(line).toMatchObject({
    outcome: 'done',
    http: { status: 200 },
    output: { path: saved, type: 'BCF_ZIP_2_0', contentType: 'application/zip', title: 'Validation results' },
    error: null,
  });
  expect((await readFile(saved)).length).toBe(line.output.bytes);
  expect(JSON.parse(await readFile(`${saved}.run.json`, 'utf8'))).toMatchObject({ outcome: 'done' });
  expect(accepted()).toBe('ASYNC_WS,SYNC');
  expect(at.server.stream.heard).toEqual(['token']);
  expect(done.stdout + done.stderr).not.toContain([...at.server.tokens][0]);
  expect(line.timing.waitMs).toBeGreaterThanOrEqual(100);
});

test('the socket is closed with the run, so that the next run finds no other socket with its token', async () => {
  await authorized({});
  for (const name of ['a.ifc', 'b.ifc'])
    await writeFile(join(at.workspace.folder, name), stepModel({ schema: 'IFC2X3' }));
  const done = await invoke(['a.ifc', 'b.ifc', '--json']);
  expect(done.code).toBe(0);
  expect(done.stdout.trim().split('\n')).toHaveLength(3);
  expect(at.server.stream).toMatchObject({ opened: 3, open: 0 });
});

test('two processes with one token: the runs are executed in sequence', async () => {
  await authorized({ workMs: 1600 });
  const both = await Promise.all([invoke(['-o', 'one.bcfzip']), invoke(['-o', 'two.bcfzip'])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.map(({ stderr }) => stderr).join('')).toContain('waiting for another run with the same token');
  expect(at.server.stream).toMatchObject({ opened: 2, open: 0 });
});

test('--jobs above one requests synchronous runs, which can run at the same time', async () => {
  await authorized({});
  await writeFile(join(at.workspace.folder, 'b.ifc'), stepModel({ schema: 'IFC2X3' }));
  expect(await invoke(['b.ifc', '--jobs', '2'])).toMatchObject({ code: 0 });
  expect(accepted()).toBe('SYNC');
  expect(at.server.stream.opened).toBe(0);
});

test.each<[StreamFault | 'healthy', string]>([
  ['healthy', 'ASYNC_WS,SYNC'],
  ['early-output', 'ASYNC_WS,SYNC'],
  ['noisy', 'ASYNC_WS,SYNC'],
  ['unasked', 'ASYNC_WS,SYNC'],
  ['unmapped', 'ASYNC_WS,SYNC'],
  ['absent', 'SYNC'],
  ['silent', 'SYNC'],
  ['silent-upgrade', 'SYNC'],
])('auto, %s: the result is still saved (Accept-Flow: %s)', async (stream, flow) => {
  await authorized(stream === 'healthy' ? {} : { stream });
  // Short only where no greeting comes: a healthy one may take longer than that on a busy machine.
  const limits = flow === 'SYNC' ? { greetingMs: 300 } : {};
  const done = await invoke(['--json'], { limits });
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'done', output: { type: 'BCF_ZIP_2_0' } });
  expect(accepted()).toBe(flow);
  const says = stream === 'absent' || stream.startsWith('silent');
  expect(done.stderr.includes('no live progress')).toBe(says);
});

test.each<[StreamFault, number, string, string]>([
  ['lost-before', 9, 'unknown', 'outcome-unknown'],
  ['closed-before', 9, 'unknown', 'outcome-unknown'],
  ['lost-between', 8, 'done', 'result-incomplete'],
  ['lost-inside', 8, 'done', 'result-incomplete'],
])('%s: exit %i, outcome %s, nothing under a final name', async (stream, code, outcome, error) => {
  await authorized({ stream });
  const done = await invoke(['--json']);
  expect(done.code).toBe(code);
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome, output: null, error: { code: error } });
  const left = (await readdir(at.workspace.folder)).filter((name) => !name.endsWith('.run.json'));
  expect(left).toEqual(['.config-bimservice', 'model.ifc']);
});

describe('--flow', () => {
  test('sync: no websocket is opened', async () => {
    await authorized({});
    expect(await invoke(['--flow', 'sync'])).toMatchObject({ code: 0 });
    expect(accepted()).toBe('SYNC');
    expect(at.server.stream.opened).toBe(0);
  });

  test.each<StreamFault>(['absent', 'silent', 'silent-upgrade'])(
    'async, %s: exit 5 before anything is sent',
    async (stream) => {
      await authorized({ stream });
      const done = await invoke(['--flow', 'async', '--json'], { limits: { greetingMs: 300 } });
      expect(done.code).toBe(5);
      expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'not-sent', error: { code: 'unreachable' } });
      expect(at.server.server.callsTo('invoke')).toHaveLength(0);
    },
  );

  test('async at a service without a websocket is a usage error', async () => {
    const open = { services: [{ name: 'Open', resourceUrl: `${at.server.site}/open` }] };
    await writeFile(join(at.workspace.folder, 'open.json'), JSON.stringify(open));
    const done = await at.workspace.run([
      'invoke',
      'open',
      'model.ifc',
      '--flow',
      'async',
      '-r',
      'open.json',
    ]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('no known websocket');
  });
});

test('a token that the websocket refuses: exit 4, nothing sent, authorize again', async () => {
  await authorized({ tokensExpired: true, stream: 'error' });
  const done = await invoke(['--json']);
  expect(done.code).toBe(4);
  const line = JSON.parse(done.stdout);
  expect(line).toMatchObject({ outcome: 'not-sent', error: { code: 'token-refused' } });
  expect(line.error.hint).toContain(`bimservice authorize ${ID}`);
  expect(at.server.server.callsTo('invoke')).toHaveLength(0);
});

test('a failing bot: the code and message of the binary message, as in a HTTP response', async () => {
  await authorized({ botError: { code: 1, message: 'No deserializer found' } });
  const done = await invoke(['--json']);
  expect(done.code).toBe(6);
  const line = JSON.parse(done.stdout);
  expect(line).toMatchObject({ outcome: 'refused', error: { code: 'service-failed' } });
  expect(line.error.message).toContain('1: No deserializer found');
  expect(line.error.hint).toContain('ifcplugins');
});

test('an empty binary message is an empty result', async () => {
  await authorized({ result: new Uint8Array() });
  const done = await invoke(['--json']);
  expect(done.code).toBe(8);
  expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'result-missing' } });
});

test('a response without Topic-Id: the next result belongs to this run', async () => {
  await authorized({ noTopicId: true, progress: [[10, 'Begun']] });
  expect(await invoke()).toMatchObject({ code: 0 });
});

test('--wait ends the wait for the result: exit 9, the run may continue', async () => {
  await authorized({ workMs: 3000 });
  const done = await invoke(['--wait', '1s', '--json']);
  expect(done.code).toBe(9);
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'unknown', error: { phase: 'wait' } });
});

test('Ctrl-C while the service works: 130, the socket is closed, the outcome is unknown', async () => {
  await authorized({ workMs: 4000 });
  const interrupt = vi.waitUntil(() => accepted() !== undefined, { timeout: 50_000 });
  const done = await invoke(['--json'], { interrupt });
  expect(done.code).toBe(130);
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'unknown', error: { code: 'interrupted' } });
  await expect.poll(() => at.server.stream.open).toBe(0);
});

test('a result of 20 MB arrives complete, with or without compression', async () => {
  const title = 'A long title. '.repeat(1_500_000);
  const result = Buffer.from(JSON.stringify({ title }));
  await authorized({
    result,
    headers: { 'Output-Type': 'VALIDATION_JSON_1_0', 'Content-Type': null, 'Content-Disposition': null },
  });
  const done = await invoke(['--json']);
  expect(done).toMatchObject({ code: 0 });
  const { output } = JSON.parse(done.stdout);
  expect(output.bytes).toBe(result.length);
  // Compared as bytes, because a matcher would list twenty million members.
  expect((await readFile(output.path)).equals(result)).toBe(true);
});

test('the built program: live lines in a log, and the result', async () => {
  await authorized({
    progress: [[50, 'Half way']],
    workMs: 600,
    result: await bcfZip({ version: '2.0', topics: [{ title: 'Door without a wall' }] }),
  });
  const done = await at.workspace.spawn(['invoke', ID, 'model.ifc', '-r', at.server.listUrl]);
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout.trim()).toBe(join(at.workspace.folder, 'validationresults.bcfzip'));
  expect(at.server.stream.opened).toBe(1);
});

test('silence ends by the limit of a greeting, also with garbage collections meanwhile', async () => {
  await authorized({ stream: 'silent' });
  const support = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const begun = Date.now();
  const done = await spawnProgram(
    process.execPath,
    [
      '-r',
      support('../support/collect-garbage.cjs'),
      support('../faults/child.cjs'),
      ...['invoke', ID, 'model.ifc', '-r', at.server.listUrl],
    ],
    {
      cwd: at.workspace.folder,
      env: {
        ...cleanEnvironment(),
        BIMSERVICE_CONFIG_DIR: at.workspace.configDir,
        FAULT_LIMITS: JSON.stringify({ greetingMs: 2000 }),
      },
    },
  );
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('no live progress') });
  expect(Date.now() - begun).toBeGreaterThan(2000);
});
