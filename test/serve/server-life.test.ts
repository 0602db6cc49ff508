// The life of a server: restarts, kills, signals, two on one folder, reloads, logins, and what an operator can take away.
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
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

const COMMAND = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
const [word, more] = readFileSync(0, 'utf8').split(' ');
if (word === 'wait') {
  writeFileSync(more, String(process.pid));
  while (existsSync(more)) await new Promise((go) => setTimeout(go, 20));
}
if (word === 'hang') { writeFileSync(more, String(process.pid)); setTimeout(() => {}, 600000); }
else if (word === 'leave') {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'ignore', detached: true });
  writeFileSync(more, String(child.pid));
}
else process.stdout.write('read ' + word);
`;

describe.runIf(hasSqlite())('a server', () => {
  let folder: Awaited<ReturnType<typeof serveFolder>>;
  let exec: string;
  let workspace: Workspace;
  const running: Served[] = [];
  beforeEach(async () => {
    folder = await serveFolder();
    workspace = await Workspace.create();
    exec = await script(folder.path, 'read.mjs', COMMAND);
  });
  afterEach(async () => {
    for (const served of running.splice(0)) await served[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  async function start(...argv: string[]): Promise<Served> {
    const served = await startServe({
      cwd: folder.path,
      data: folder.data,
      argv: argv.length > 0 ? argv : ['--exec', exec, '--name', 'Reader', '--concurrency', '4'],
    });
    running.push(served);
    return served;
  }
  const cli = (argv: string[], stdin = ''): Promise<CliResult> =>
    spawnProgram(process.execPath, [PROGRAM, ...argv, '--data', folder.data], {
      cwd: folder.path,
      env: cleanEnvironment(),
      stdin,
    });
  const use = (served: Served, token: string, body = 'model') =>
    client.ask(`${served.origin}/services/reader`, { headers: { Authorization: `Bearer ${token}` }, body });
  const written = (path: string) => expect.poll(() => existsSync(path)).toBe(true);

  it('forgets no client and no token when it is killed and started again', async () => {
    const first = await start();
    const registered = await client.registerClient(first.provider);
    const code = await client.getCode(first.provider, registered);
    const token = client.readJson(
      await client.askToken(first.provider, client.tokenFields(registered, code)),
    );
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await start();
    expect((await use(second, String(token.access_token))).text).toBe('read model');
    expect((await client.ask(client.authorizeUrl(second.provider, registered.id))).status).toBe(200);
  });

  it.each([
    ['', 'hang'],
    [', also where it has left its process group', 'leave'],
  ])(
    'killed in the middle of a run, leaves neither its folder nor its command to the next one%s',
    async (_what, word) => {
      const first = await start();
      const pidFile = join(folder.path, 'pid');
      const lost = sendModel(first, 'reader', { body: `${word} ${pidFile}` }).catch(
        (error: Error) => error.message,
      );
      await written(pidFile);
      const pid = Number(await readFile(pidFile, 'utf8'));
      // As after a lack of memory: the process that runs the commands does not end them.
      const runners = await childrenOf(first);
      for (const runner of runners) process.kill(runner, 'SIGSTOP');
      first.child.kill('SIGKILL');
      await lost;
      for (const runner of runners) process.kill(runner, 'SIGKILL');
      expect(isAlive(pid)).toBe(true);
      expect(await runFolders(folder.data)).toHaveLength(1);
      await start();
      expect(await runFolders(folder.data)).toEqual([]);
      await expect.poll(() => isAlive(pid)).toBe(false);
    },
  );

  it('whose command is gone since the start says so, and not where it was', async () => {
    const command = join(folder.path, 'gone.sh');
    await writeFile(command, '#!/bin/sh', { mode: 0o755 });
    const served = await start('--exec', './gone.sh {input} {output}', '--name', 'Gone');
    await rm(command);
    expect(client.readJson(await sendModel(served, 'gone')).message).toMatch(
      /^The command of this service cannot be started: it was not found \(request /,
    );
  });

  it('on SIGTERM finishes what runs, refuses what is new with 503, and ends with 0', async () => {
    const served = await start();
    const pidFile = join(folder.path, 'pid');
    const token = await client.getToken(served.provider);
    const result = use(served, token, `wait ${pidFile}`);
    await written(pidFile);
    served.child.kill('SIGTERM');
    await expect.poll(() => served.stderr()).toContain('Stopping');
    const refused = await use(served, token);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30']);
    await rm(pidFile);
    expect((await result).text).toBe('read wait');
    expect(await served.ended).toBe(0);
    expect(await runFolders(folder.data)).toEqual([]);
  });

  it('is refused in words where another uses its folder', async () => {
    await start();
    const second = await cli(['serve', '--exec', exec, '--port', '0']);
    expect(second).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('another server uses the data folder'),
    });
  });

  it('whose queue is full refuses with 503 and Retry-After', async () => {
    const served = await start('--exec', exec, '--name', 'Reader', '--queue', '1');
    const pidFile = join(folder.path, 'pid');
    const token = await client.getToken(served.provider);
    const result = use(served, token, `wait ${pidFile}`);
    await written(pidFile);
    const refused = await use(served, token);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30']);
    await rm(pidFile);
    expect((await result).status).toBe(200);
    expect((await use(served, token)).status).toBe(200);
  });

  it('reads its file again on SIGHUP, and keeps the old one where the new one is wrong', async () => {
    const service = (name: string) => [
      { name, command: [process.execPath, 'read.mjs'], outputs: ['UNSTRUCTURED_UTF8_TEXT_1_0'] },
    ];
    const file = join(folder.path, 'services.json');
    const names = async (served: Served) =>
      (
        client.readJson(await client.ask(`${served.origin}/servicelist`)).services as Array<{ id: string }>
      ).map(({ id }) => id);
    await writeFile(file, JSON.stringify(service('First')));
    const served = await start('services.json');
    await writeFile(file, JSON.stringify(service('Second')));
    served.child.kill('SIGHUP');
    await expect.poll(() => names(served)).toEqual(['second']);
    await writeFile(file, '[{"name": "Third"}]');
    served.child.kill('SIGHUP');
    await expect.poll(() => served.stderr()).toContain('nothing was read again: services.json, line 1');
    expect(await names(served)).toEqual(['second']);
  });

  it('with --log json writes nothing else to stderr: warnings, reloads and its end are JSON too', async () => {
    const file = join(folder.path, 'services.json');
    const service = { name: 'One', command: [process.execPath, 'read.mjs'], outputs: ['UNCOMMON_1'] };
    await writeFile(file, JSON.stringify([service]));
    const served = await start('services.json', '--log', 'json');
    served.child.kill('SIGHUP');
    await expect.poll(() => served.stderr()).toContain('Read again: one.');
    await client.ask(`${served.origin}/healthz`);
    served.child.kill('SIGTERM');
    expect(await served.ended).toBe(0);
    const lines = served.stderr().trim().split('\n');
    const read = lines.map((line): unknown => JSON.parse(line));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const uncommon = expect.stringContaining('UNCOMMON_1 is not a common one');
    expect(read).toEqual(
      expect.arrayContaining([
        { time, level: 'warning', message: uncommon },
        { time, level: 'info', message: 'Read again: one.' },
        expect.objectContaining({ time, path: '/healthz', status: 200 }),
        { time, level: 'info', message: expect.stringMatching(/^Stopping/) },
      ]),
    );
  });

  it('loses a token to revocation by its client, by the operator, and with its client', async () => {
    const served = await start();
    const registered = await client.registerClient(served.provider);
    const getToken = async () => {
      const code = await client.getCode(served.provider, registered);
      return String(
        client.readJson(await client.askToken(served.provider, client.tokenFields(registered, code)))
          .access_token,
      );
    };
    const [first, second, third] = [await getToken(), await getToken(), await getToken()];
    const other = await client.registerClient(served.provider);
    const revoke = (by: client.Registered, token: string) =>
      client.ask(`${served.origin}/oauth/revoke`, {
        headers: { 'Content-Type': client.FORM },
        body: new URLSearchParams({ token, client_id: by.id, client_secret: by.secret }).toString(),
      });
    expect((await revoke(other, first)).status).toBe(200);
    expect((await use(served, first)).status).toBe(200);
    expect((await revoke(registered, first)).status).toBe(200);
    expect((await use(served, first)).status).toBe(401);
    expect(await cli(['serve', 'token', 'revoke', '-'], second)).toMatchObject({ code: 0 });
    expect((await use(served, second)).status).toBe(401);
    const listed = JSON.parse((await cli(['serve', 'token', 'list', '--json'])).stdout) as {
      tokens: unknown[];
    };
    expect(listed.tokens).toHaveLength(1);
    expect((await use(served, third)).status).toBe(200);
    expect(await cli(['serve', 'client', 'revoke', registered.id])).toMatchObject({ code: 0 });
    expect((await use(served, third)).status).toBe(401);
    expect(await cli(['serve', 'client', 'revoke', registered.id])).toMatchObject({ code: 2 });
  });

  it('whose folder is misspelled by its operator is not made, and a copy replaces no file', async () => {
    const elsewhere = join(folder.path, 'dta');
    for (const argv of [
      ['user', 'list'],
      ['client', 'list'],
      ['token', 'revoke', 'x'],
      ['backup', 'copy.db'],
    ]) {
      const { code, stderr } = await workspace.run(['serve', ...argv, '--data', elsewhere]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`there is no data of a server in ${elsewhere}`),
      ]);
    }
    expect(existsSync(elsewhere)).toBe(false);
    await workspace.run(['serve', 'user', 'add', 'anna', '--data', elsewhere], { stdin: 'correct horse' });
    const backup = (file: string) => workspace.run(['serve', 'backup', file, '--data', elsewhere]);
    await writeFile(join(workspace.folder, 'mine.db'), 'mine');
    expect(await backup('mine.db')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('exists already'),
    });
    expect(await readFile(join(workspace.folder, 'mine.db'), 'utf8')).toBe('mine');
    expect(await backup('no/folder.db')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('folder.db cannot be written (no such file or folder, ENOENT)'),
    });
  });

  it('keeps no secret in the clear', async () => {
    const served = await start();
    const registered = await client.registerClient(served.provider);
    const code = await client.getCode(served.provider, registered);
    const { access_token } = client.readJson(
      await client.askToken(served.provider, client.tokenFields(registered, code)),
    );
    await cli(['serve', 'user', 'add', 'anna'], 'correct horse battery');
    const copy = join(folder.path, 'copy.db');
    expect(await cli(['serve', 'backup', copy])).toMatchObject({ code: 0 });
    for (const path of [copy, join(folder.data, 'serve.db'), join(folder.data, 'serve.db-wal')]) {
      expect([path, (await stat(path)).mode & 0o077]).toEqual([path, 0]);
    }
    const kept = [copy, join(folder.data, 'serve.db'), join(folder.data, 'serve.db-wal')];
    const bytes = Buffer.concat(
      await Promise.all(kept.map((path) => readFile(path).catch(() => Buffer.alloc(0)))),
    );
    expect(bytes.includes(registered.id)).toBe(true);
    for (const secret of [registered.secret, code, String(access_token), 'correct horse battery']) {
      expect(bytes.includes(secret)).toBe(false);
      expect(served.stderr()).not.toContain(secret);
    }
  });

  it('beyond this machine needs a user, who logs in at the consent; a wrong password gets the form again', async () => {
    const argv = ['--exec', exec, '--name', 'Reader', '--public-url', 'http://bim.test'];
    const refused = await cli(['serve', ...argv, '--port', '0']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('bimservice serve user add') });
    expect(await cli(['serve', 'user', 'add', 'anna'], 'short')).toMatchObject({ code: 2 });
    expect(await cli(['serve', 'user', 'add', 'anna'], 'correct horse\n')).toMatchObject({ code: 0 });
    expect((await cli(['serve', 'user', 'list', '--json'])).stdout).toContain('"anna"');
    const served = await startServe({
      cwd: folder.path,
      data: folder.data,
      argv: [...argv, '--log', 'json'],
    });
    running.push(served);
    expect(served.stderr()).toContain('there is no TLS');
    const bound = await boundOrigin(served);
    const near = { ...served.provider, origin: bound };
    const headers = { Host: 'bim.test' };
    const registered = await client.registerClient(near);
    const page = await client.ask(client.authorizeUrl(near, registered.id));
    expect(page.text).toContain('type="password"');
    const response = (from: client.Answer, password: string) => {
      const consent = /name="consent" value="([\w-]+)"/.exec(from.text)?.[1] ?? '';
      return client.ask(`${bound}/oauth/authorize`, {
        headers: {
          ...headers,
          'Content-Type': client.FORM,
          Cookie: String(from.headers['set-cookie']?.[0]?.split(';', 1)[0]),
        },
        body: new URLSearchParams({ consent, decision: 'allow', user: 'anna', password }).toString(),
      });
    };
    const wrong = await response(page, 'wrong');
    expect([wrong.status, wrong.headers.location]).toEqual([403, undefined]);
    expect(wrong.text).toContain('The name or the password is not right.');
    expect(wrong.text).not.toContain('wrong"');
    const right = await response(wrong, 'correct horse');
    const code = client.target(right).searchParams.get('code') ?? '';
    const token = String(
      client.readJson(await client.askToken(near, client.tokenFields(registered, code))).access_token,
    );
    const run = () =>
      client.ask(`${bound}/services/reader`, {
        headers: { ...headers, Authorization: `Bearer ${token}` },
        body: 'm',
      });
    expect((await run()).text).toBe('read m');
    expect(await cli(['serve', 'user', 'remove', 'anna'])).toMatchObject({ code: 0 });
    expect((await run()).status).toBe(401);
    const logged = served
      .stderr()
      .split('\n')
      .filter((text) => text.startsWith('{') && !text.includes('"level"'));
    expect(logged.length).toBeGreaterThan(0);
    for (const line of logged)
      expect(JSON.parse(line)).toMatchObject({ time: expect.stringMatching(/Z$/), did: expect.any(Array) });
  });
});

/** Where a server really listens that says another address. */
async function boundOrigin(served: Served): Promise<string> {
  const pid = served.child.pid ?? 0;
  const inodes = await spawnProgram('ss', ['-ltnpH'], { cwd: '/', env: cleanEnvironment() });
  const port = new RegExp(`127\\.0\\.0\\.1:(\\d+)\\s.*pid=${pid},`).exec(inodes.stdout)?.[1];
  if (port === undefined) throw new Error(`no port of process ${pid}: ${inodes.stdout}`);
  return `http://127.0.0.1:${port}`;
}
