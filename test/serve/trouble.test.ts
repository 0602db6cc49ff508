// What can go wrong around a server: its certificate, its database, connections that say nothing, readers that do not read.
import { existsSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDriver } from '../../src/serve/store/sqlite-driver.js';
import { Authority } from '../support/certificates.js';
import { cleanEnvironment, PROGRAM, spawnProgram } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.js';
import * as client from '../unit/serve/support.js';
import { runFolders, type Served, script, sendModel, serveFolder, startServe } from './server.js';
import { hasSqlite } from './stores.js';

describe.runIf(hasSqlite())('a server in trouble', () => {
  let folder: Awaited<ReturnType<typeof serveFolder>>;
  const running: Served[] = [];
  beforeEach(async () => {
    folder = await serveFolder();
  });
  afterEach(async () => {
    for (const served of running.splice(0)) await served[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const cli = (...argv: string[]) =>
    spawnProgram(process.execPath, [PROGRAM, 'serve', ...argv, '--port', '0', '--data', folder.data], {
      cwd: folder.path,
      env: cleanEnvironment(),
    });
  const start = async (...argv: string[]): Promise<Served> => {
    const served = await startServe({ cwd: folder.path, data: folder.data, argv });
    running.push(served);
    return served;
  };
  const database = () => join(folder.data, 'serve.db');

  it('reads a changed certificate without a restart, and keeps the old one where the new one does not fit', async () => {
    const authority = await Authority.root(folder.path);
    const [first, second] = [
      await authority.issue({ names: 'IP:127.0.0.1,DNS:first.test' }),
      await authority.issue({ names: 'IP:127.0.0.1,DNS:second.test' }),
    ];
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    await copyFile(first.certFile, cert);
    await copyFile(first.keyFile, key);
    const served = await start('--tls-cert', cert, '--tls-key', key);
    expect(served.origin).toMatch(/^https:/);
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls(
          { port: Number(new URL(served.origin).port), host: '127.0.0.1', ca: authority.cert },
          () => {
            resolve(socket.getPeerCertificate().subjectaltname ?? '');
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    expect(await shown()).toContain('first.test');
    await copyFile(second.certFile, cert);
    served.child.kill('SIGHUP');
    await expect.poll(() => served.stderr()).toContain('the certificate was not read again');
    expect(await shown()).toContain('first.test');
    await copyFile(second.keyFile, key);
    await expect.poll(shown).toContain('second.test');
  });

  it('says what is wrong with a certificate, a port and an address', async () => {
    await writeFile(join(folder.path, 'cert.pem'), 'not a certificate');
    expect(await cli('--tls-cert', 'cert.pem', '--tls-key', 'cert.pem')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the certificate cannot be used'),
    });
    expect(await cli('--tls-cert', 'cert.pem')).toMatchObject({ code: 2 });
    const served = await start();
    const other = await spawnProgram(
      process.execPath,
      [PROGRAM, 'serve', '--port', new URL(served.origin).port, '--data', join(folder.path, 'other')],
      { cwd: folder.path, env: cleanEnvironment() },
    );
    expect(other).toMatchObject({ code: 7, stderr: expect.stringContaining('is in use') });
    expect(await cli('--host', '0.0.0.0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--public-url'),
    });
  });

  it('refuses a command that does not exist, before anything is served', async () => {
    expect(await cli('--exec', 'no-such-program {input}')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no-such-program was not found'),
    });
    const text = '[{"name":"A", "outputs":["X"],\n"command":["/no/such"]}]';
    await writeFile(join(folder.path, 's.json'), text);
    const failed = { code: 3, stderr: expect.stringContaining('s.json, line 2: the command /no/such') };
    expect(await cli('s.json')).toMatchObject(failed);
    expect(await cli('s.json', '--check')).toMatchObject(failed);
    expect(await cli('none.json')).toMatchObject({ code: 3, stderr: expect.stringContaining('ENOENT') });
  });

  it('refuses an option of --exec that a file would not heed', async () => {
    await writeFile(join(folder.path, 's.json'), '[{"name":"A", "outputs":["X"], "command":["true"]}]');
    for (const [option, value] of [
      ['--name', 'Other'],
      ['--timeout', '1m'],
      ['--concurrency', '3'],
    ] as const)
      expect(await cli('s.json', option, value, '--check'), option).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          new RegExp(`${option} describes the service of --exec, which is missing\\n.*into s\\.json`),
        ),
      });
    expect(await cli('--exec', 'a "b', '--check')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ends within a quote'),
    });
  });

  it('names types that clients may not know, and serves them', async () => {
    const text = '[{"name":"A", "inputs":["IFC4"], "outputs":["JSON"], "command":["true", "{input}"]}]';
    await writeFile(join(folder.path, 's.json'), text);
    const { code, stdout, stderr } = await cli('s.json', '--check');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a\n' });
    expect(stderr).toContain('a: the type IFC4 is written IFC_STEP_4 in other lists');
    expect(stderr).toMatch(/a: the type JSON is not a common one.* named a\.bin/);
    expect(stderr).toContain('This service can be served:');
  });

  it('refuses a database that is damaged, and one of a newer version', async () => {
    const served = await start();
    await served[Symbol.asyncDispose]();
    running.length = 0;
    const driver = await loadDriver();
    const open = driver.open(database());
    open.exec('PRAGMA user_version = 99');
    open.close();
    expect(await cli()).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('was written by a newer bimservice'),
    });
    await writeFile(database(), Buffer.alloc(8192, 'x'));
    expect(await cli()).toMatchObject({ code: 7, stderr: expect.stringMatching(/not a database|damaged/) });
  });

  it('whose database is held by another responds with 503 and goes on with what needs none', async () => {
    const served = await start();
    const driver = await loadDriver();
    const other = driver.open(database());
    other.exec('BEGIN EXCLUSIVE');
    let isWaiting = true;
    const waiting = client
      .ask(`${served.origin}/oauth/register`, {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ type: 'push', client_name: 'A', redirect_url: client.CALLBACK }),
      })
      .finally(() => {
        isWaiting = false;
      });
    // Each of them is asked while the registration waits.
    for (let n = 0; n < 20; n += 1) expect((await client.ask(`${served.origin}/healthz`)).status).toBe(200);
    expect(isWaiting).toBe(true);
    const refused = await waiting;
    expect([refused.status, client.readJson(refused).error]).toEqual([503, 'temporarily_unavailable']);
    expect((await client.ask(`${served.origin}/healthz`)).status).toBe(200);
    await expect.poll(() => served.stderr()).toContain('another process holds it');
    other.exec('ROLLBACK');
    other.close();
    expect((await client.registerClient(served.provider)).id).not.toBe('undefined');
  });

  it.skipIf(noSmallDisk !== null)(
    'on a full disk refuses a model and a registration in words, and works again where there is room',
    async () => {
      await using disk = await mountSmallDisk(8192);
      const served = await startServe({ cwd: folder.path, data: join(disk.folder, 'data') });
      try {
        const token = await client.getToken(served.provider);
        const send = () =>
          client.ask(`${served.origin}/services/duplicate-globalids`, {
            headers: { Authorization: `Bearer ${token}`, 'Input-Type': 'IFC_STEP_4' },
            body: stepModel({ schema: 'IFC4', bytes: 1_000_000 }),
          });
        expect((await send()).status).toBe(200);
        await expect(writeFile(join(disk.folder, 'filler'), Buffer.alloc(16 << 20))).rejects.toThrow(
          'ENOSPC',
        );
        const refused = await send();
        expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('could not store')]);
        const register = () =>
          client.ask(`${served.origin}/oauth/register`, {
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ type: 'push', client_name: 'x', redirect_url: client.CALLBACK }),
          });
        // A few may still fit into what SQLite has of the disk already.
        let unregistered = await register();
        for (let n = 0; n < 50 && unregistered.status === 200; n += 1) unregistered = await register();
        expect([unregistered.status, unregistered.headers['retry-after'], unregistered.text]).toEqual([
          503,
          '30',
          expect.stringContaining('cannot read or write its data'),
        ]);
        await expect.poll(() => served.stderr()).toContain('serve.db: the disk is full');
        expect((await client.ask(`${served.origin}/healthz`)).status).toBe(200);
        await expect.poll(() => runFolders(join(disk.folder, 'data'))).toEqual([]);
        await rm(join(disk.folder, 'filler'));
        expect((await send()).status).toBe(200);
      } finally {
        await served[Symbol.asyncDispose]();
      }
    },
  );

  it.skipIf(!existsSync('/usr/bin/prlimit'))(
    'whose command needs more memory than it may: an error with its words, and the next run works',
    async () => {
      const path = join(folder.path, 'greedy.sh');
      const greedy = 'head -c 400000000 /dev/zero | tail -n 1; exit $?';
      await writeFile(path, `#!/bin/sh\nif [ "$(cat)" = greedy ]; then ${greedy}; fi\necho fine\n`, {
        mode: 0o755,
      });
      const served = await start('--exec', path, '--name', 'Greedy', '--memory', '100MB');
      const failed = await sendModel(served, 'greedy', { body: 'greedy' });
      expect(failed.headers['output-type'], failed.text.slice(0, 300)).toBe('ERROR');
      expect(failed.text).toContain('memory exhausted');
      expect((await sendModel(served, 'greedy', { body: 'small' })).text).toContain('fine');
    },
  );

  it('serves others while a thousand connections say nothing and half a hundred readers do not read', async () => {
    await writeFile(join(folder.path, 'big'), Buffer.alloc(4 << 20, 'x'));
    const exec = await script(
      folder.path,
      'big.mjs',
      "import { copyFileSync } from 'node:fs';\ncopyFileSync('big', process.argv[2]);\n",
    );
    const served = await start('--exec', `${exec} {output} {input}`, '--name', 'Big', '--concurrency', '4');
    const { port } = new URL(served.origin);
    const token = await client.getToken(served.provider);
    const peak = async () =>
      Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${served.child.pid}/status`, 'utf8'))?.[1]) / 1024;
    const before = await peak();
    const sockets: Socket[] = [];
    const open = async (text: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.pause();
      sockets.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.write(text);
    };
    for (let n = 0; n < 1000; n += 1) await open('POST /services/big HTTP/1.1\r\nHost:');
    for (let n = 0; n < 50; n += 1)
      await open(
        `POST /services/big HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1\r\n\r\nx`,
      );
    const done = await client.ask(`${served.origin}/services/big`, {
      headers: { Authorization: `Bearer ${token}` },
      body: 'model',
    });
    expect(done.bytes.byteLength).toBe(4 << 20);
    await expect.poll(async () => (await runFolders(folder.data)).length).toBeGreaterThanOrEqual(45);
    // 50 results of 4 MiB are 200 MiB.
    expect((await peak()) - before).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => runFolders(folder.data)).toEqual([]);
  });
});
