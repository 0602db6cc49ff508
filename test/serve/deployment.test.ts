// The examples of deployment: each is used as it is, as far as this machine can.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import { cleanEnvironment, spawnProgram, Workspace } from '../support/cli.js';
import { findPeer, freePort, type Peer, peerFolder, startPeer } from '../support/peer.js';
import { commandTree } from '../support/reference.js';
import * as client from '../unit/serve/support.js';
import { hasSqlite } from './stores.js';

const example = (name: string) =>
  readFile(fileURLToPath(new URL(`../../examples/deployment/${name}`, import.meta.url)), 'utf8');

const nginx = findPeer('nginx');

describe.runIf(nginx !== null)('nginx in front, by the example', () => {
  let provider: Provider;
  let proxy: Peer;
  let origin: string;
  /** Past nginx. */
  let direct: string;
  beforeAll(async () => {
    const folder = await peerFolder();
    const [front, back] = [await freePort(), await freePort()];
    origin = `http://bim.example.org:${front}`;
    direct = `http://127.0.0.1:${back}`;
    provider = await startProvider({
      port: back,
      host: '127.0.0.1',
      services: [duplicateGuids],
      publicUrl: origin,
    });
    // Without TLS and on ports that are free: everything else is as it is written.
    const server = (await example('nginx.conf'))
      .replace('listen 443 ssl;', `listen 127.0.0.1:${front};`)
      .replace(/^\s*ssl_certificate.*$/gm, '')
      .replaceAll('http://127.0.0.1:8765', `http://127.0.0.1:${back}`);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    );
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const text = `daemon off; ${user} pid ${join(folder, 'nginx.pid')};\nevents {}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${server}\n}\n`;
    await writeFile(join(folder, 'nginx.conf'), text);
    proxy = await startPeer(
      nginx ?? '',
      ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
      folder,
      front,
    );
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
  });

  it('lists public addresses, takes a model and passes the websocket on', async () => {
    const through = { ...provider, origin: `http://127.0.0.1:${proxy.port}` };
    const headers = { Host: new URL(origin).host };
    const list = await client.ask(`${through.origin}/servicelist`, { headers });
    expect(list.text).toContain(`${origin}/services/duplicate-globalids`);
    const token = await client.getToken({ ...provider, origin: direct });
    const result = await client.ask(`${through.origin}/services/duplicate-globalids`, {
      headers: { ...headers, Authorization: `Bearer ${token}` },
      body: SAMPLE_MODEL,
    });
    expect([result.status, result.headers['output-type']]).toEqual([200, 'BCF_ZIP_2_1']);
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/stream`, { headers });
    const first = await new Promise((resolve, reject) => {
      socket.once('message', (data) => resolve(data.toString()));
      socket.once('error', reject);
    });
    socket.close();
    expect(first).toMatch(/^\{"welcome":\d+\}$/);
  });
});

describe('the systemd unit', () => {
  const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((path) => existsSync(path));

  it.runIf(analyze !== undefined)('is one that systemd reads without a complaint', async () => {
    await using workspace = await Workspace.create();
    const { folder } = workspace;
    const unit = join(folder, 'bimservice.service');
    await writeFile(unit, await example('bimservice.service'));
    const done = await spawnProgram(analyze ?? '', ['verify', '--man=no', unit], {
      cwd: folder,
      env: cleanEnvironment(),
    });
    expect(done.stderr.split('\n').filter((line) => line.includes('bimservice.service'))).toEqual([]);
  });

  it('and the Dockerfile use options that exist', async () => {
    const [serve] = commandTree().commands.filter((command) => command.name() === 'serve');
    const known = serve?.options.map(({ long }) => long) ?? [];
    for (const name of ['bimservice.service', 'Dockerfile']) {
      const lines = (await example(name)).split('\n').filter((line) => /^(ExecStart|CMD)/.test(line));
      const used = lines.join(' ').match(/--[a-z-]+/g) ?? [];
      expect(used.length).toBeGreaterThan(1);
      expect(used.filter((option) => !known.includes(option))).toEqual([]);
    }
  });
});

describe.runIf(hasSqlite())('the Dockerfile', () => {
  it('starts once a user was added by the line in its head', async () => {
    await using workspace = await Workspace.create();
    const text = await example('Dockerfile');
    const words = (instruction: string): string[] => {
      const [, list = '[]'] = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(text) ?? [];
      return JSON.parse(list);
    };
    const [, , program, ...beginning] = words('ENTRYPOINT');
    expect(program).toBe('bimservice');
    // Another folder, and an address that only this machine reaches: everything else is as it is written.
    const here = (word: string): string => (word === '/data' ? 'data' : word.replace('0.0.0.0', '127.0.0.1'));
    const argv = [...beginning, ...words('CMD'), '--port', '0'].map(here);
    const service = { name: 'Copy', command: [process.execPath, '{input}'], outputs: ['IFC_STEP'] };
    await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([service]));
    expect(await workspace.run(argv)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no user yet'),
    });
    const [, add = ''] =
      /--entrypoint bimservice bim-services (serve user add NAME --data \/data)$/m.exec(text) ?? [];
    const added = await workspace.run(add.split(' ').map(here), { stdin: 'correct horse battery' });
    expect(added.code, added.stderr).toBe(0);
    const stop = new AbortController();
    const { code, stderr } = await workspace.run(argv, {
      interrupt: new Promise((resolve) => stop.signal.addEventListener('abort', resolve)),
      onStderr: (line) => {
        if (line.includes('Serving copy at https://bim.example.org')) stop.abort();
      },
    });
    expect(code, stderr).toBe(0);
  });
});
