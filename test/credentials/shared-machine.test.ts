// What other users of the machine may do: own our folder, write to it, or plant a link.
import { chmod, chown, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFolder } from '../../src/io/store/folder-safety.js';
import { PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { RotatingServer } from '../support/rotating-server.js';
import { Session } from '../support/session.js';
import { storeGrant } from './stored.js';

const isRoot = process.getuid?.() === 0;

test.skipIf(process.platform === 'win32')('a folder that others may write to is a warning', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, 3_600_000);
  await chmod(workspace.configDir, 0o777);
  const { code, stderr } = await workspace.run(['token', 'rotating', '-r', server.listUrl]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('chmod go-w') });
});

test.skipIf(!isRoot)('a folder of another user is an error that names the folder', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await mkdir(workspace.configDir);
  await chown(workspace.configDir, 4711, 4711);
  await chmod(workspace.configDir, 0o755);
  await chmod(workspace.folder, 0o755);
  const argv = ['--reuid=65534', '--clear-groups', process.execPath, PROGRAM];
  const line = ['token', 'rotating', '-r', server.listUrl, '--config-dir', workspace.configDir];
  const { code, stderr } = await spawnProgram('setpriv', [...argv, ...line], {
    cwd: workspace.folder,
    env: { PATH: process.env.PATH ?? '', HOME: workspace.folder },
  });
  expect({ code, stderr }).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('belongs to another user'),
  });
});

test('a folder that is not there, and one of our own, are safe', async () => {
  await using workspace = await Workspace.create();
  const warnings: string[] = [];
  await checkFolder(join(workspace.folder, 'none'), (line) => warnings.push(line));
  await mkdir(join(workspace.folder, 'own'), { mode: 0o700 });
  await checkFolder(join(workspace.folder, 'own'), (line) => warnings.push(line));
  expect(warnings).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'a link at the place of the demo model is removed, not followed',
  async () => {
    await using workspace = await Workspace.create();
    const precious = join(workspace.folder, 'precious');
    await writeFile(precious, 'mine');
    await mkdir(join(workspace.folder, 'bimservice-demo'));
    const model = join(workspace.folder, 'bimservice-demo', 'two-walls.ifc');
    await symlink(precious, model);
    expect((await workspace.run(['demo', '--no-browser'])).code).toBe(0);
    expect(await readFile(precious, 'utf8')).toBe('mine');
    expect((await lstat(model)).isFile()).toBe(true);
  },
);

test('the browser gets none of our variables', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const seen = join(workspace.folder, 'seen.txt');
  const browser = join(workspace.folder, 'browser.sh');
  await writeFile(browser, `env > '${seen}'\nexit 3\n`);
  await using session = new Session(
    workspace,
    ['authorize', 'clash', '-r', service.listUrl, '--browser', `sh '${browser}'`],
    { env: { BIMSERVICE_PASSPHRASE: 'correct horse battery', KEPT: 'yes' } },
  );
  // The opener failed: what to do is said at once, with the address.
  await session.waitForText(/No browser could be started[\s\S]*--no-browser --paste/);
  const env = await readFile(seen, 'utf8');
  expect(env).toMatch(/^KEPT=yes$/m);
  expect(env).not.toMatch(/^BIMSERVICE_/m);
});
