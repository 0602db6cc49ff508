// `doctor`: each layer of the way to a service is looked at, and the first that is broken is named.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/core/doctor/finding.js';
import { storeGrant } from '../credentials/stored.js';
import { BimServer } from '../support/bimserver.js';
import { USER } from '../support/bimserver-json.js';
import { Authority, selfSigned } from '../support/certificates.js';
import { cleanEnvironment, PROGRAM, type RunOverrides, Workspace } from '../support/cli.js';
import { type TempDir, tempDir } from '../support/fixtures.js';
import { freePort } from '../support/peer.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { RotatingServer } from '../support/rotating-server.js';
import { openService } from './doubles.js';

let folder: TempDir;
let root: Authority;

beforeAll(async () => {
  folder = await tempDir();
  root = await Authority.root(folder.path);
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Report {
  code: number;
  stderr: string;
  ok: boolean;
  findings: Finding[];
  error?: { code: string };
}

async function doctor(
  workspace: Workspace,
  argv: readonly string[],
  overrides: RunOverrides = {},
): Promise<Report> {
  const { code, stdout, stderr } = await workspace.run(['doctor', '--json', ...argv], overrides);
  expect(stdout).toMatch(/^.+\n$/);
  return { code, stderr, ...(JSON.parse(stdout) as Pick<Report, 'ok' | 'findings'>) };
}

/** A list of one open service at `url`. */
async function listOf(workspace: Workspace, url: string): Promise<string[]> {
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([{ name: 'Check', resourceUrl: url }]));
  return ['check', '-r', 'list.json'];
}

const of = ({ findings }: Report, check: string) => findings.filter((finding) => finding.check === check);

test('a certificate that is not trusted is a fault that names its issuer and --ca-file', async () => {
  await using workspace = await Workspace.create();
  await using service = await openService({
    tls: await selfSigned(folder.path, 'Office Proxy', 'subjectAltName=DNS:localhost'),
  });
  const report = await doctor(workspace, await listOf(workspace, `https://localhost:${service.port}/check`));
  expect(report).toMatchObject({ code: 5, ok: false, error: { code: 'tls-failed' } });
  expect(of(report, 'tls')).toMatchObject([
    {
      result: 'fault',
      text: expect.stringMatching(/its certificate is self-signed.*issued by Office Proxy/),
      next: expect.stringContaining('--ca-file FILE'),
    },
  ]);
  // One address of localhost has no listener, and one is enough.
  expect(of(report, 'connection').filter(({ result }) => result === 'ok')).not.toEqual([]);
  // The body of a model and a token stay here.
  expect(service.visits.map(({ method, bytes }) => ({ method, bytes }))).toEqual([
    { method: 'GET', bytes: 0 },
  ]);
});

test('a trusted certificate, and the clocks', async () => {
  await using workspace = await Workspace.create();
  await using service = await openService({ tls: await root.issue({ names: 'IP:127.0.0.1' }) });
  await writeFile(join(workspace.folder, 'ca.pem'), root.cert);
  const argv = [
    ...(await listOf(workspace, `https://127.0.0.1:${service.port}/check`)),
    '--ca-file',
    join(workspace.folder, 'ca.pem'),
  ];
  const report = await doctor(workspace, argv);
  expect(report).toMatchObject({ code: 0, ok: true, stderr: '' });
  expect(of(report, 'tls')).toMatchObject([{ result: 'ok' }]);
  expect(of(report, 'clock')).toMatchObject([{ result: 'ok' }]);
  const ahead = await doctor(workspace, argv, { clockShiftMs: 2 * 3_600_000 });
  expect(ahead.code).toBe(0);
  expect(of(ahead, 'clock')).toMatchObject([
    { result: 'warning', text: expect.stringMatching(/is 2 hours ahead of the server/) },
  ]);
  const behind = await doctor(workspace, argv, { clockShiftMs: -600_000 });
  expect(of(behind, 'clock')).toMatchObject([{ text: expect.stringMatching(/is 10 minutes behind/) }]);
});

test('a closed port is the fault, and nothing behind it is guessed', async () => {
  await using workspace = await Workspace.create();
  const report = await doctor(
    workspace,
    await listOf(workspace, `https://127.0.0.1:${await freePort()}/check`),
  );
  expect(report).toMatchObject({ code: 5, error: { code: 'unreachable' } });
  expect(of(report, 'connection')).toMatchObject([
    { result: 'fault', text: expect.stringContaining('no program listens there') },
  ]);
  expect(of(report, 'tls')).toEqual([]);
});

test('a proxy that is not there is named, and so is a list that cannot be read', async () => {
  await using workspace = await Workspace.create();
  const proxy = `127.0.0.1:${await freePort()}`;
  const env = { HTTPS_PROXY: `http://${proxy}`, NO_PROXY: '' };
  const argv = ['doctor', '-r', 'https://far.test/list.json'];
  const { code, stdout } = await workspace.spawn(argv, { env });
  expect(code).toBe(5);
  expect(stdout).toMatch(
    new RegExp(`^fault +repository +far\\.test: the proxy ${proxy} was not reached`, 'm'),
  );
  expect(stdout).toMatch(
    new RegExp(`^ok +proxy +far\\.test: reached through the proxy ${proxy}|^fault +proxy `, 'm'),
  );
  expect(stdout).toMatch(/next: Check HTTPS_PROXY and HTTP_PROXY/);
});

test('registration, port and token of a service; the report has no secret', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, 3_600_000);
  const env = { BIMSERVICE_PASSPHRASE: 'correct horse battery' };
  const report = await doctor(workspace, ['rotating', '-r', server.listUrl, '--bundle', 'report.json'], {
    env,
  });
  expect(report).toMatchObject({ code: 0, ok: true });
  for (const check of ['registration', 'redirect', 'token'])
    expect(of(report, check)[0]).toMatchObject({ result: 'ok', subject: 'rotating' });
  expect(of(report, 'token')[1]).toMatchObject({ result: 'not-checked' });
  const path = join(workspace.folder, 'report.json');
  const text = await readFile(path, 'utf8');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(text)).toMatchObject({
    environment: ['BIMSERVICE_CONFIG_DIR', 'BIMSERVICE_PASSPHRASE'],
    findings: report.findings,
  });
  for (const secret of [
    server.grant.accessToken,
    server.grant.refreshToken,
    'correct horse',
    'client-secret',
  ])
    expect(text).not.toContain(secret);
});

test('a port in use is a warning as long as no login is needed', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, 3_600_000);
  const { findings } = await doctor(workspace, ['rotating', '-r', server.listUrl]);
  const port = Number(/port (\d+)/.exec(findings.find(({ check }) => check === 'redirect')?.text ?? '')?.[1]);
  const other = createServer().listen(port, '127.0.0.1');
  const report = await doctor(workspace, ['rotating', '-r', server.listUrl]);
  await new Promise((resolve) => other.close(resolve));
  expect(report.code).toBe(0);
  expect(of(report, 'redirect')).toMatchObject([{ result: 'warning' }]);
});

test('an expired token that only a person can replace, and a port in use', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, -3_600_000, { refreshable: false });
  const { findings } = await doctor(workspace, ['rotating', '-r', server.listUrl]);
  const port = Number(/port (\d+)/.exec(findings.find(({ check }) => check === 'redirect')?.text ?? '')?.[1]);
  const other = createServer().listen(port, '127.0.0.1');
  const report = await doctor(workspace, ['rotating', '-r', server.listUrl]);
  await new Promise((resolve) => other.close(resolve));
  expect(report).toMatchObject({ code: 7, error: { code: 'port-busy' } });
  expect(of(report, 'redirect')).toMatchObject([{ result: 'fault' }]);
  expect(of(report, 'token')).toMatchObject([
    { result: 'fault', code: 'token-expired', next: 'bimservice authorize rotating' },
  ]);
});

test('nothing is stored and the lists are read: no server of a service is asked', async () => {
  await using workspace = await Workspace.create();
  await listOf(workspace, `http://127.0.0.1:${await freePort()}/check`);
  const report = await doctor(workspace, ['-r', 'list.json']);
  expect(report).toMatchObject({ code: 0, ok: true });
  expect(report.findings.map(({ check }) => check)).toEqual(['store', 'repository']);
});

test('a service that is in no list, and a store that cannot be used', async () => {
  await using workspace = await Workspace.create();
  await listOf(workspace, 'http://127.0.0.1:9/check');
  const unknown = await doctor(workspace, ['chekc', '-r', 'list.json']);
  expect(unknown).toMatchObject({ code: 3, error: { code: 'service-not-found' } });
  await writeFile(join(workspace.folder, 'a-file'), '');
  const { code, findings } = await doctor(workspace, ['-r', 'list.json', '--config-dir', 'a-file/config']);
  expect(code).toBe(7);
  expect(findings[0]).toMatchObject({ check: 'store', result: 'fault' });
});

test('a BIMserver: its websocket shows that the token is accepted', async () => {
  await using bim = await BimServer.start();
  await using workspace = await Workspace.create();
  const list = `${bim.server.origin}/servicelist`;
  const login = await workspace.run(['authorize', 'ifc-validator', '--user', USER.name, '-r', list], {
    stdin: `${USER.password}\n`,
  });
  expect(login.code, login.stderr).toBe(0);
  const report = await doctor(workspace, ['ifc-validator', '-r', list]);
  expect(of(report, 'websocket'), JSON.stringify(report.findings)).toMatchObject([
    { result: 'ok', text: expect.stringContaining('accepts the token') },
  ]);
  bim.server.takeComplaints();
});

test('a server that is not reached: its websocket is not tried, and a terminal gets whole words', async ({
  skip,
}) => {
  await using workspace = await Workspace.create();
  const origin = `http://127.0.0.1:${await freePort()}`;
  const oauth = { registerUrl: origin, authorizationUrl: origin, tokenUrl: origin };
  const entry = { name: 'Check', resourceUrl: `${origin}/check`, oauth };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  const stored = await workspace.run(['token', 'check', '--set', '-', '-r', 'list.json'], {
    stdin: 'token-of-an-unreached-service',
  });
  expect(stored.code, stored.stderr).toBe(0);
  const report = await doctor(workspace, ['check', '-r', 'list.json']);
  expect(report.findings.filter(({ result }) => result === 'fault')).toMatchObject([{ check: 'connection' }]);
  expect(of(report, 'websocket')).toEqual([]);
  expect(of(report, 'token')).toMatchObject([{ result: 'ok' }, { result: 'not-checked' }]);

  skip(NO_TERMINAL !== null, NO_TERMINAL ?? '');
  const line = `stty cols 44; ${process.execPath} ${PROGRAM} doctor check -r list.json 2>errors`;
  const { stdout } = await atTerminal(line, {
    cwd: workspace.folder,
    env: { ...cleanEnvironment(), TERM: 'dumb', BIMSERVICE_CONFIG_DIR: workspace.configDir },
  });
  expect(stdout).toMatch(/^fault +connection .*\n {9}\S/m);
  // A word that is longer, such as a path, stays whole, and so does a line with a command to copy.
  const wrapped = stdout
    .split('\n')
    .filter((shown) => shown.trim().includes(' ') && !shown.includes('bimservice '));
  expect(wrapped.length).toBeGreaterThan(3);
  for (const shown of wrapped) expect(shown.length, shown).toBeLessThanOrEqual(44);
});
