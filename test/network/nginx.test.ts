// A provider behind a real nginx, with the limits of nginx.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../support/certificates.js';
import { type CliResult, cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import { stepModel, type TempDir, tempDir } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { findPeer } from '../support/peer.js';
import { openService, repositoryOf, type ServiceOptions } from './doubles.js';

const nginx = findPeer('nginx');
const MIB = 1024 * 1024;
const BUFFERING = [['proxy_request_buffering on'], ['proxy_request_buffering off', 'proxy_buffering off']];

describe.skipIf(nginx === null)('a real nginx in front of the provider', () => {
  let folder: TempDir;
  let root: Authority;
  beforeAll(async () => {
    folder = await tempDir();
    root = await Authority.root(folder.path);
  });
  afterAll(() => folder?.[Symbol.asyncDispose]());

  interface NginxCase {
    service?: ServiceOptions;
    settings?: string[];
    tls?: boolean;
    bytes?: number;
    argv?: string[];
  }

  /** One run of the program against a provider behind nginx; `seen` is what the provider received of the model. */
  async function invoke({ service = {}, settings = [], tls = false, bytes = 5000, argv = [] }: NginxCase) {
    await using provider = await openService(service);
    const identity = tls ? { tls: await root.issue({ names: 'DNS:localhost' }) } : {};
    await using front = await startNginx(nginx ?? '', { upstream: provider.port, settings, ...identity });
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'house.ifc'), stepModel({ schema: 'IFC4', bytes }));
    const result: CliResult = await workspace.spawn(
      ['invoke', 'checker', 'house.ifc', '-r', '-', '--ca-file', root.certFile, ...argv],
      { stdin: repositoryOf(`${tls ? 'https' : 'http'}://localhost:${front.port}/check`) },
    );
    return { ...result, visits: provider.visits };
  }

  describe.each(BUFFERING)('%s', (...settings) => {
    const unlimited = [...settings, 'client_max_body_size 0'];

    it.each([false, true])(
      'a big model with Expect and its result go through whole; TLS: %s',
      async (tls) => {
        const text = 'finding\n'.repeat(MIB);
        const service = { respond: (_: unknown, response: ServerResponse) => void response.end(text) };
        const run = await invoke({ service, settings: unlimited, tls, bytes: 24 * MIB, argv: ['-o', '-'] });
        expect(run.code, run.stderr).toBe(0);
        expect(run.stdout === text).toBe(true);
        expect(run.visits).toMatchObject([{ bytes: 24 * MIB, alpn: null }]);
      },
    );

    it('its 413 comes before the model is sent (B104)', async () => {
      const run = await invoke({
        settings: [...settings, 'client_max_body_size 2m'],
        bytes: 24 * MIB,
        argv: ['-v'],
      });
      expect(run.code).toBe(6);
      expect(run.stderr).toMatch(/^error: checker says the model is too large \(413\)/m);
      expect(run.visits).toHaveLength(0);
    });

    it('a job that is longer than proxy_read_timeout: 504, and the outcome is unknown', async () => {
      const service = {
        respond: (_: unknown, response: ServerResponse) =>
          void setTimeout(() => response.end(), 8000).unref(),
      };
      const run = await invoke({
        service,
        settings: [...unlimited, 'proxy_read_timeout 1s'],
        argv: ['--json'],
      });
      expect(run.code).toBe(9);
      expect(JSON.parse(run.stdout)).toMatchObject({ outcome: 'unknown', http: { status: 504 } });
      expect(run.stderr).toMatch(/could not be reached behind its gateway \(504\)/);
    });

    it("the provider's early 401 ends the upload", async () => {
      const run = await invoke({
        service: { refuseEarly: 401, respond: (_, response) => response.writeHead(401).end('too late') },
        settings: unlimited,
        bytes: 24 * MIB,
      });
      expect(run.code).toBe(4);
      expect(run.stderr).toMatch(/did not accept the model without a token \(401\)/);
    });

    it('a provider that is not running: 502', async () => {
      const gone = await openService();
      const { port } = gone;
      await gone[Symbol.asyncDispose]();
      await using front = await startNginx(nginx ?? '', { upstream: port, settings: unlimited });
      await using workspace = await Workspace.create();
      const model = await folder.write('house.ifc', stepModel({ schema: 'IFC4' }));
      const run = await workspace.spawn(['invoke', 'checker', model, '-r', '-'], {
        stdin: repositoryOf(`http://localhost:${front.port}/check`),
      });
      expect(run.code).toBe(9);
      expect(run.stderr).toMatch(/\(502\)/);
    });
  });

  it('a model that comes too slowly for client_body_timeout is not reported as done', async () => {
    await using provider = await openService();
    await using front = await startNginx(nginx ?? '', {
      upstream: provider.port,
      settings: ['client_max_body_size 0', 'client_body_timeout 1s', 'proxy_request_buffering off'],
    });
    await using workspace = await Workspace.create();
    const repository = await folder.write(
      'repository.json',
      repositoryOf(`http://localhost:${front.port}/check`),
    );
    const child = spawn(process.execPath, [PROGRAM, 'invoke', 'checker', '-', '-r', repository, '--json'], {
      cwd: workspace.folder,
      env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir },
      stdio: 'pipe',
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdin.on('error', () => {});
    const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
    const model = stepModel({ schema: 'IFC4', bytes: 4 * MIB });
    child.stdin.write(model.subarray(0, 2 * MIB));
    await expect.poll(() => front.log('access.log')).toContain(' 408 ');
    child.stdin.end(model.subarray(2 * MIB));
    const code = await exit;
    const line: unknown = JSON.parse(Buffer.concat(out).toString());
    expect([6, 9]).toContain(code);
    expect(line).toMatchObject({ output: null });
    expect(line).not.toMatchObject({ outcome: 'done' });
  });
});
