// NATS that is not there, refuses or is another thing: each is an error in words, and no secret is in it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { recordDead } from '../../src/serve/nats/job-streams.js';
import { Link } from '../../src/serve/nats/link.js';
import { WorkerFinder } from '../../src/serve/nats/presence.js';
import { Authority } from '../support/certificates.js';
import { type CliResult, Workspace } from '../support/cli.js';
import { findNats, type NatsServers, openLink, startNats } from '../support/nats.js';
import { freePort } from '../support/peer.js';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await Workspace.create();
});
afterAll(() => workspace[Symbol.asyncDispose]());

const jobs = (url: string, env: Record<string, string> = {}, ...more: string[]): Promise<CliResult> =>
  workspace.run(['serve', 'jobs', 'list', '--nats', url, ...more], { env });

describe('an address', () => {
  test.each([
    ['http://127.0.0.1:4222', '--nats takes addresses such as nats://'],
    ['nats://', '--nats takes addresses such as nats://'],
    ['nats://anna:hunter22@127.0.0.1:4222', '--nats takes no user or password'],
  ])('%s is refused before anything is connected', async (url, words) => {
    const { code, stderr } = await jobs(url);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(stderr).not.toContain('hunter22');
  });

  it('is needed by worker and serve jobs', async () => {
    for (const argv of [['worker'], ['serve', 'jobs', 'list']]) {
      const { code, stderr } = await workspace.run(argv);
      expect([code, stderr]).toEqual([2, expect.stringContaining('--nats is missing')]);
    }
  });

  it('where no one listens is named with the reason, for each of its commands', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    for (const argv of [['worker'], ['serve'], ['serve', 'jobs', 'list'], ['serve', 'user', 'list']]) {
      const { code, stderr } = await workspace.run([...argv, '--nats', url]);
      expect([code, stderr]).toEqual([5, expect.stringContaining(`NATS at ${url} does not respond`)]);
    }
  });

  it('of another kind of server, or of one that says nothing, is an error within seconds', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const { code, stderr } = await jobs(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    expect([code, stderr]).toEqual([5, expect.stringContaining('NATS at nats://127.0.0.1:')]);
    server.close();
  });
});

it('with tls:// gets no password where the server has no TLS', async () => {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      socket.write('+OK\r\nPONG\r\n');
    });
    socket.write(
      'INFO {"server_id":"x","version":"2.9.10","headers":true,"max_payload":1048576,"proto":1}\r\n',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const at = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const login = { BIMSERVICE_NATS_USER: 'anna', BIMSERVICE_NATS_PASSWORD: 'hunter22' };
  const refused = await jobs(`tls://${at}`, login);
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('allows no secure connection')]);
  expect(heard).toBe('');
  // Without TLS it would have got it.
  await jobs(`nats://${at}`, login);
  expect(heard).toContain('hunter22');
  server.close();
});

describe.runIf(findNats() !== null)('a server', () => {
  const running: NatsServers[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-nats-tls-'));
  });
  afterAll(async () => {
    for (const servers of running) await servers[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  async function start(...more: string[]): Promise<string> {
    const servers = await startNats(more);
    running.push(servers);
    return servers.url;
  }

  it('that wants a password gets it from the environment, and refuses a wrong one with words', async () => {
    const url = await start('--user', 'anna', '--pass', 'hunter22');
    const none = await jobs(url);
    const wrong = await jobs(url, { BIMSERVICE_NATS_USER: 'anna', BIMSERVICE_NATS_PASSWORD: 'secret77' });
    for (const { code, stderr } of [none, wrong]) {
      expect([code, stderr]).toEqual([4, expect.stringContaining(`NATS at ${url} refused the login`)]);
      expect(stderr).toContain('BIMSERVICE_NATS_PASSWORD');
      expect(stderr).not.toContain('secret77');
    }
    const right = await jobs(url, { BIMSERVICE_NATS_USER: 'anna', BIMSERVICE_NATS_PASSWORD: 'hunter22' });
    expect(right, right.stderr).toMatchObject({ code: 0 });
  });

  it('that comes back with another password is not connected, and says each thing once until it is', async () => {
    const port = await freePort();
    const lines: string[] = [];
    const run = (password: string) => startNats(['--user', 'anna', '--pass', password], port);
    const servers = await run('hunter22');
    const options = { servers: [servers.url], name: 'x', replicas: null, tls: null };
    const login = { user: 'anna', password: 'hunter22' };
    await using link = await Link.open({ ...options, login }, (words) => lines.push(words));
    await servers[Symbol.asyncDispose]();
    await expect.poll(() => lines).toHaveLength(1);
    const changed = await run('another77');
    await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(2);
    expect(link.isUp).toBe(false);
    let refused = 0;
    for await (const { type } of link.nc.status()) {
      if (type === 'error') refused += 1;
      if (refused === 3) break;
    }
    await changed[Symbol.asyncDispose]();
    running.push(await run('hunter22'));
    await expect.poll(() => link.isUp, { timeout: 10_000 }).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(/^the connection to NATS \(.*\) is lost$/),
      expect.stringContaining('refused the login'),
      expect.stringMatching(/^connected to NATS \(.*\) again$/),
    ]);
  });

  it('that wants a token gets it', async () => {
    const url = await start('--auth', 'hunter22');
    expect((await jobs(url, { BIMSERVICE_NATS_TOKEN: 'wrong' })).code).toBe(4);
    expect((await jobs(url, { BIMSERVICE_NATS_TOKEN: 'hunter22' })).code).toBe(0);
  });

  it('with TLS is trusted only with its authority, and sees our certificate where it asks for one', async () => {
    const authority = await Authority.root(folder);
    const own = await authority.issue({ names: 'IP:127.0.0.1' });
    const files = ['--tlscert', own.certFile, '--tlskey', own.keyFile, '--tlscacert', authority.certFile];
    const url = await start('--tls', ...files);
    const untrusted = await jobs(url);
    expect([untrusted.code, untrusted.stderr]).toEqual([
      5,
      expect.stringContaining('allows no secure connection'),
    ]);
    expect(untrusted.stderr).toContain('--nats-ca');
    const trusted = await jobs(url, {}, '--nats-ca', authority.certFile);
    expect(trusted, trusted.stderr).toMatchObject({ code: 0 });

    const strict = await start('--tlsverify', ...files);
    expect((await jobs(strict, {}, '--nats-ca', authority.certFile)).code).not.toBe(0);
    const pair = ['--nats-cert', own.certFile, '--nats-key', own.keyFile];
    expect(await jobs(strict, {}, '--nats-ca', authority.certFile, ...pair)).toMatchObject({ code: 0 });
    expect(await jobs(strict, {}, '--nats-cert', own.certFile)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('belong together'),
    });
    expect(await jobs(strict, {}, '--nats-ca', join(folder, 'none.pem'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--nats-ca: '),
    });
  });

  it('without JetStream is named so', async () => {
    const file = join(folder, 'plain.conf');
    const port = await freePort();
    await writeFile(file, `listen: "127.0.0.1:${port}"\n`);
    const { spawn } = await import('node:child_process');
    const plain = spawn(findNats() ?? '', ['-c', file], { stdio: 'ignore' });
    await expect
      .poll(async () => (await jobs(`nats://127.0.0.1:${port}`)).stderr)
      .toContain('has no JetStream');
    plain.kill('SIGKILL');
  });

  it('whose user may not use our subjects is named so', async () => {
    const file = join(folder, 'strict.conf');
    const permissions = 'publish: ["other.>"], subscribe: [">"]';
    await writeFile(
      file,
      `authorization { users: [{ user: anna, password: p, permissions: { ${permissions} } }] }\n`,
    );
    const url = await start('-c', file);
    const denied = await jobs(url, { BIMSERVICE_NATS_USER: 'anna', BIMSERVICE_NATS_PASSWORD: 'p' });
    expect([denied.code, denied.stderr]).toEqual([
      4,
      expect.stringContaining('denies a subject to this user'),
    ]);
  });

  it('shows its runs to an operator, in documents with a schema, and keeps users', async () => {
    const url = await start();
    const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': true } });
    const schema: object = JSON.parse(
      await readFile(new URL('../../schemas/serve-jobs-output.schema.json', import.meta.url), 'utf8'),
    );
    const document = async (...argv: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await workspace.run(['serve', ...argv, '--nats', url, '--json']);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const checked = async (...argv: string[]): Promise<unknown> => {
      const value = await document('jobs', ...argv);
      expect(ajv.validate(schema, value), JSON.stringify([value, ajv.errors])).toBe(true);
      return value;
    };
    expect(await checked('list')).toEqual({ services: [], dead: 0 });
    const link = await openLink(url, { name: 'bimservice' });
    const job = { id: 'r1', service: 'one', inputType: null, bytes: 5, queuedAt: 0 };
    await recordDead(link, job, 'The run was begun 3 times, and no worker finished it');
    await link[Symbol.asyncDispose]();
    expect(await checked('list')).toEqual({ services: [], dead: 1 });
    expect(await checked('dead')).toMatchObject({ dead: [{ id: 'r1', queuedAt: '1970-01-01T00:00:00Z' }] });
    expect((await workspace.run(['serve', 'jobs', 'dead', '--nats', url])).stdout).toContain('begun 3 times');
    expect(await checked('forget')).toEqual({ forgotten: 1 });
    expect(await checked('dead')).toEqual({ dead: [] });
    expect((await workspace.run(['serve', 'jobs', 'dead', '--nats', url])).stderr).toBe(
      'No run was given up.\n',
    );

    const added = await workspace.run(['serve', 'user', 'add', 'anna', '--nats', url], {
      stdin: 'correct horse battery',
    });
    expect(added, added.stderr).toMatchObject({ code: 0 });
    expect(await document('user', 'list')).toMatchObject({ users: [{ name: 'anna' }] });
    const backup = await workspace.run(['serve', 'backup', 'copy.db', '--nats', url]);
    expect([backup.code, backup.stderr]).toEqual([
      2,
      expect.stringContaining('copies the database of one machine'),
    ]);
  });

  it('takes a worker, which says in a document what it does and ends with 0', async () => {
    const url = await start();
    let stop = (): void => {};
    const interrupt = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const done = workspace.run(['worker', '--nats', url, '--data', 'w', '--json'], { interrupt });
    const link = await openLink(url, { name: 'bimservice' });
    const workers = new WorkerFinder({ link, front: null });
    await expect.poll(() => workers.has('duplicate-globalids')).toBe(true);
    await link[Symbol.asyncDispose]();
    stop();
    const { code, stdout, stderr } = await done;
    expect(code, stderr).toBe(0);
    const schema: object = JSON.parse(
      await readFile(new URL('../../schemas/worker-output.schema.json', import.meta.url), 'utf8'),
    );
    expect(new Ajv2020().validate(schema, JSON.parse(stdout)), stdout).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({ services: [{ id: 'duplicate-globalids', concurrency: 2 }] });
  });

  it('has a worker that reads its file again on SIGHUP, and keeps what it does where the file is wrong', async () => {
    const url = await start();
    const text = (name: string) =>
      JSON.stringify([{ name, command: [process.execPath, '{input}'], outputs: ['X'] }]);
    const file = join(workspace.folder, 'services.json');
    await writeFile(file, text('First'));
    const stop = new AbortController();
    let reload = (): void => {};
    let said = '';
    const done = workspace.run(['worker', 'services.json', '--nats', url, '--data', 'w2'], {
      interrupt: new Promise((resolve) => stop.signal.addEventListener('abort', resolve)),
      onReload: (again) => {
        reload = again;
      },
      onStderr: (text) => {
        said += text;
      },
    });
    const link = await openLink(url, { name: 'bimservice' });
    const workers = new WorkerFinder({ link, front: null });
    await expect.poll(() => said).toContain('does first (1 at a time)');
    await writeFile(file, text('Second'));
    reload();
    await expect.poll(() => said).toContain('Read again: second.');
    await expect
      .poll(() => Promise.all([workers.has('first'), workers.has('second')]))
      .toEqual([false, true]);
    await writeFile(file, '[\n{"name": "Third"}]');
    reload();
    await expect
      .poll(() => said)
      .toContain('nothing was read again: services.json, line 2: "command" is missing');
    expect(await workers.has('second')).toBe(true);
    await link[Symbol.asyncDispose]();
    stop.abort();
    expect((await done).code).toBe(0);
  });
});
