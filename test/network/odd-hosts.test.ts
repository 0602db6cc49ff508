// Hosts with more than one address, and servers that take HTTP/2 only.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Authority } from '../support/certificates.js';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';

const FAR_HOST = fileURLToPath(new URL('../support/far-host.cjs', import.meta.url));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function run(
  workspace: Workspace,
  url: string,
  more: { argv?: string[]; env?: Record<string, string> } = {},
) {
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([{ name: 'Odd', resourceUrl: url }]));
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const argv = [PROGRAM, 'invoke', 'odd', 'model.ifc', '-r', 'list.json', ...(more.argv ?? [])];
  const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir, ...more.env };
  return spawnProgram(process.execPath, argv, { cwd: workspace.folder, env });
}

test('a far server with a dead address beside it is reached', async () => {
  await using workspace = await Workspace.create();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('checked'));
  });
  const port = await portOf(server);
  const env = { FAR_PORT: String(port), NODE_OPTIONS: `--require ${FAR_HOST}` };
  const done = await run(workspace, `http://far.example:${port}/x`, { argv: ['--insecure'], env });
  expect(done, done.stderr).toMatchObject({ code: 0 });
});

test('a server that takes HTTP/2 only is named as that, without TLS', async () => {
  await using workspace = await Workspace.create();
  const port = await portOf(createHttp2Server((_, response) => response.end('x')));
  const done = await run(workspace, `http://127.0.0.1:${port}/x`);
  expect(done.stderr).toMatch(/127\.0\.0\.1:\d+ takes HTTP\/2 only .*\n.*HTTP\/1\.1: ask the provider/);
  expect(done.code).toBe(6);
});

test('a server that takes HTTP/2 only is named as that, with TLS', async () => {
  await using workspace = await Workspace.create();
  const root = await Authority.root(workspace.folder);
  const { key, cert } = await root.issue({ names: 'DNS:localhost,IP:127.0.0.1' });
  const port = await portOf(createSecureServer({ key, cert }, (_, response) => response.end('x')));
  await writeFile(join(workspace.folder, 'ca.pem'), root.cert);
  const done = await run(workspace, `https://127.0.0.1:${port}/x`, { argv: ['--ca-file', 'ca.pem'] });
  expect(done.stderr).toMatch(/takes HTTP\/2 only .*NO_APPLICATION_PROTOCOL/);
  expect(done.code).toBe(5);
});
