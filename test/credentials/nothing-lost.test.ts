// G14: a refresh token that works once is spent only where the new one can be kept, and a moment's refusal costs nothing.
// The built program, with file functions that fail in it.
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { FaultPoint } from '../faults/child.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { RotatingServer } from '../support/rotating-server.js';
import { runStruck } from '../support/struck-program.js';
import { storeGrant } from './stored.js';

/** The first rename of a draft is the probe's; all later ones are those of saves. */
const savesFail = (code: string): FaultPoint => ({
  call: 'rename',
  path: '.draft',
  within: '/credentials/',
  nth: 2,
  times: -1,
  fault: { code },
});

async function scene() {
  const server = await RotatingServer.start({ expiresIn: 3600 });
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  await storeGrant(workspace, server, -1000);
  const folder = join(workspace.configDir, 'credentials');
  return {
    server,
    workspace,
    folder,
    at: ['-r', server.listUrl],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

const tokenFile = async (folder: string) => {
  const name = (await readdir(folder)).find((each) => each.startsWith('token-')) ?? '';
  return readFile(join(folder, name), 'utf8');
};

test.each(['EPERM', 'EACCES', 'EBUSY'])(
  'a save that %s refuses for a moment is tried again: one refresh, and the token is stored',
  async (code) => {
    await using at = await scene();
    const done = await runStruck(
      at.workspace,
      ['token', 'rotating', ...at.at],
      [{ call: 'rename', path: '.draft', within: '/credentials/', nth: 2, times: 3, fault: { code } }],
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(at.server.refreshes).toBe(1);
    expect(await tokenFile(at.folder)).toContain(at.server.grant.refreshToken);
    expect((await readdir(at.folder)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  },
);

test('an unwritable store is found before the refresh: the refresh token is not used, exit 7 in words', async () => {
  await using at = await scene();
  const done = await runStruck(
    at.workspace,
    ['invoke', 'rotating', 'model.ifc', ...at.at],
    [{ call: 'write', path: '.draft', times: -1, fault: { code: 'ENOSPC' } }],
  );
  expect({ code: done.code, refreshes: at.server.refreshes }).toEqual({ code: 7, refreshes: 0 });
  expect(done.stderr).toContain('no space left on the disk');
  // The next run, with space again.
  expect((await at.workspace.spawn(['token', 'rotating', ...at.at])).stdout.trim()).toBe(
    at.server.grant.accessToken,
  );
});

test.each(['EDQUOT', 'EBUSY'])(
  'a store that stays unwritable after the refresh (%s): the run goes on, and the token can be rescued',
  async (code) => {
    await using at = await scene();
    const { folder } = at.workspace;
    await copyFile(join(folder, 'model.ifc'), join(folder, 'second.ifc'));
    const invoke = ['invoke', 'rotating', 'model.ifc', 'second.ifc', '-o', 'out/', '--no-receipt', ...at.at];
    const done = await runStruck(at.workspace, invoke, [savesFail(code)]);
    const { accessToken, refreshToken } = at.server.grant;
    // Two models, one refresh: the second uses the token in hand.
    expect({ code: done.code, refreshes: at.server.refreshes, reuses: at.server.reuses }).toEqual({
      code: 0,
      refreshes: 1,
      reuses: 0,
    });
    expect(at.server.seen).toEqual([accessToken, accessToken]);
    for (const secret of [accessToken, refreshToken]) expect(done.stderr + done.stdout).not.toContain(secret);
    expect(done.stderr).toContain('this run uses it');
    const [, command = '', file = ''] =
      /bimservice (token rotating --import -) < (\S+), then remove/.exec(done.stderr) ?? [];
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);

    // What the message says is done, at a store that works again.
    const imported = await at.workspace.spawn([...command.split(' '), ...at.at], {
      stdin: await readFile(file, 'utf8'),
    });
    expect(imported.code).toBe(0);
    await rm(dirname(file), { recursive: true });
    expect((await at.workspace.spawn(['token', 'rotating', '--refresh', ...at.at])).code).toBe(0);
    expect({ refreshes: at.server.refreshes, reuses: at.server.reuses }).toEqual({ refreshes: 2, reuses: 0 });
  },
);

test('modes that the disk does not keep are a warning, and the token is stored', async () => {
  await using at = await scene();
  const done = await runStruck(
    at.workspace,
    ['token', 'rotating', ...at.at],
    [{ call: 'chmod', path: '.draft', times: -1, fault: { code: 'EPERM' } }],
  );
  expect(done.code).toBe(0);
  expect(done.stderr).toContain('the disk keeps no file modes (EPERM)');
  expect(await tokenFile(at.folder)).toContain(at.server.grant.refreshToken);
});

test.each<[string, FaultPoint[]]>([
  ['its part cannot be made', [{ call: 'open', path: '.part', times: 3, fault: { code: 'EACCES' } }]],
  [
    'it gets its name, on a disk without links',
    [
      { call: 'link', path: '.part', times: -1, fault: { code: 'EPERM' } },
      { call: 'rename', path: '.part', times: 3, fault: { code: 'EBUSY' } },
    ],
  ],
  ['another program holds it', [{ call: 'link', path: '.part', times: 1, fault: { code: 'EBUSY' } }]],
])('a result and its receipt, where for a moment %s: both are saved', async (_, points) => {
  await using at = await scene();
  await storeGrant(at.workspace, at.server, 3_600_000);
  const done = await runStruck(at.workspace, ['invoke', 'rotating', 'model.ifc', ...at.at], points);
  expect(done).toMatchObject({ code: 0 });
  const names = await readdir(at.workspace.folder);
  expect(names.filter((name) => name.endsWith('.run.json'))).toHaveLength(1);
  expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
});
