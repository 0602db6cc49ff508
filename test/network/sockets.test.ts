// The sockets: both address families, keep-alive, and a separate connection for each model.
import { execFileSync, spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Authority } from '../support/certificates.js';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import { stepModel, tempDir } from '../support/fixtures.js';
import { openService, RESULT, repositoryOf, startProxy, ways } from './doubles.js';

const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});
const localhost = await lookup('localhost', { all: true });
const bothFamilies = new Set(localhost.map(({ family }) => family)).size === 2;

if (!hasIpv6) console.log('skipped: tests of IPv6, because this machine has no ::1');
else if (!bothFamilies) console.log('skipped: localhost has only one address here');

describe.skipIf(!hasIpv6)('IPv6', () => {
  it.each(['small', 'model'] as const)(
    'a service at [::1] is reached directly, as loopback: %s',
    async (way) => {
      await using service = await openService({ host: '::1' });
      expect(await ways()[way](`http://[::1]:${service.port}/check`)).toMatchObject({ status: 200 });
      expect(service.visits[0]?.headers.host).toBe(`[::1]:${service.port}`);
    },
  );

  it('plain http to [::1] is allowed without --insecure', async () => {
    await using service = await openService({ host: '::1' });
    await using workspace = await Workspace.create();
    await using dir = await tempDir();
    const model = await dir.write('house.ifc', stepModel({ schema: 'IFC4' }));
    const result = await workspace.spawn(['invoke', 'checker', model, '-r', '-', '-o', '-'], {
      stdin: repositoryOf(`http://[::1]:${service.port}/check`),
      env: { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' },
    });
    expect(result).toMatchObject({ code: 0, stdout: RESULT });
  });

  it.skipIf(!bothFamilies).each(['127.0.0.1', '::1'])(
    'localhost is reached when only %s listens',
    async (host) => {
      await using service = await openService({ host });
      for (const way of ['small', 'model'] as const)
        expect(await ways()[way](`http://localhost:${service.port}/`), way).toMatchObject({ status: 200 });
    },
  );

  it.each(['small', 'model'] as const)('no listener on either family is one line: %s', async (way) => {
    await using service = await openService();
    const { port } = service;
    await service[Symbol.asyncDispose]();
    const error = await ways()[way](`http://localhost:${port}/`);
    expect(error).toMatchObject({
      code: 'unreachable',
      message: `localhost:${port} was not reached: no program listens there (ECONNREFUSED)`,
      hint: expect.stringContaining('Check that the server runs on this machine'),
    });
  });
});

it('two models and a small request use three connections, none of them twice (B091)', async () => {
  await using service = await openService();
  const { small, model } = ways();
  const url = `http://127.0.0.1:${service.port}/`;
  for (const response of [await small(url), await model(url), await model(url)])
    expect(response).toMatchObject({ status: 200 });
  expect(service.connections()).toBe(3);
  expect(new Set(service.visits.map(({ clientPort }) => clientPort)).size).toBe(3);
});

const ss = ['/usr/bin/ss', '/bin/ss', '/usr/sbin/ss'].find((path) => existsSync(path));
const timersShown = ss !== undefined && process.platform === 'linux';
if (!timersShown)
  console.log('skipped: the test of TCP keep-alive needs ss (Debian: apt-get install iproute2)');

describe.skipIf(!timersShown)('TCP keep-alive is on, at most 60 s (B085)', () => {
  const keepAlive = /timer:\(keepalive,(\d+)(?:min)?(?:\d+)?(sec|min|ms)?/;

  it.each([
    ['the small requests', 'list', 'direct'],
    ['a waiting model', 'invoke', 'direct'],
    ['a waiting model behind a proxy', 'invoke', 'proxied'],
    ['a small request behind a proxy', 'list', 'proxied'],
  ] as const)('%s', async (_, command, route) => {
    await using dir = await tempDir();
    await using workspace = await Workspace.create();
    const root = await Authority.root(dir.path);
    const tls = await root.issue({ names: 'DNS:service.test' });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await using service = await openService({
      ...(route === 'proxied' ? { tls } : {}),
      respond: (_visit, response) => {
        arrived();
        void held.then(() =>
          response.writeHead(200, { 'Content-Type': 'text/plain' }).end(command === 'list' ? '[]' : RESULT),
        );
      },
    });
    await using proxy = await startProxy();
    const url =
      route === 'proxied' ? `https://service.test:${service.port}/` : `http://127.0.0.1:${service.port}/`;
    const model = await dir.write('house.ifc', stepModel({ schema: 'IFC4' }));
    const argv =
      command === 'list' ? ['list', '-r', url] : ['invoke', 'checker', model, '-r', '-', '-o', '-'];
    const child = spawn(process.execPath, [PROGRAM, ...argv, '--ca-file', root.certFile], {
      cwd: workspace.folder,
      env: {
        ...cleanEnvironment(),
        BIMSERVICE_CONFIG_DIR: workspace.configDir,
        HTTPS_PROXY: `http://${proxy.host}`,
      },
      stdio: 'pipe',
    });
    const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdin.end(repositoryOf(url));
    await arrival;
    const port = route === 'proxied' ? proxy.host.split(':')[1] : service.port;
    // A timer for unacknowledged bytes may be shown first.
    const seconds = await until(() => {
      const shown = execFileSync(ss ?? 'ss', ['-tnoH', `dport = :${port}`], { encoding: 'utf8' });
      const timer = keepAlive.exec(shown);
      return timer === null ? null : timer[2] === 'min' ? Number(timer[1]) * 60 : Number(timer[1]);
    });
    release();
    await exit;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  });
});

async function until<T>(probe: () => T | null): Promise<T> {
  for (let turn = 0; turn < 1000; turn += 1) {
    const value = probe();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no keep-alive timer was seen');
}
