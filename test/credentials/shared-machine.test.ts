// What other users of the machine may do: own our folder, write to it, or plant a link.
import { chmod, chown, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFolder } from '../../src/io/store/folder-safety.js';
import { Desk, PROGRAM, spawnProgram } from '../support/cli.js';
import { FlatService } from '../support/flat-service.js';
import { RotatingServer } from '../support/rotating-server.js';
import { Session } from '../support/session.js';
import { storeGrant } from './stored.js';

const isRoot = process.getuid?.() === 0;

test.skipIf(process.platform === 'win32')('a folder that others may write to is a warning', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using desk = await Desk.create();
  await storeGrant(desk, server, 3_600_000);
  await chmod(desk.configDir, 0o777);
  const { code, stderr } = await desk.run(['token', 'rotating', '-r', server.listUrl]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('chmod go-w') });
});

test.skipIf(!isRoot)('a folder of another user is an error that names the folder', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using desk = await Desk.create();
  await mkdir(desk.configDir);
  await chown(desk.configDir, 4711, 4711);
  await chmod(desk.configDir, 0o755);
  await chmod(desk.folder, 0o755);
  const argv = ['--reuid=65534', '--clear-groups', process.execPath, PROGRAM];
  const line = ['token', 'rotating', '-r', server.listUrl, '--config-dir', desk.configDir];
  const { code, stderr } = await spawnProgram('setpriv', [...argv, ...line], {
    cwd: desk.folder,
    env: { PATH: process.env.PATH ?? '', HOME: desk.folder },
  });
  expect({ code, stderr }).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('belongs to another user'),
  });
});

test('a folder that is not there, and one of our own, are safe', async () => {
  await using desk = await Desk.create();
  const warnings: string[] = [];
  await checkFolder(join(desk.folder, 'none'), (line) => warnings.push(line));
  await mkdir(join(desk.folder, 'own'), { mode: 0o700 });
  await checkFolder(join(desk.folder, 'own'), (line) => warnings.push(line));
  expect(warnings).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'a link at the place of the demo model is removed, not followed',
  async () => {
    await using desk = await Desk.create();
    const precious = join(desk.folder, 'precious');
    await writeFile(precious, 'mine');
    await mkdir(join(desk.folder, 'bimservice-demo'));
    const model = join(desk.folder, 'bimservice-demo', 'two-walls.ifc');
    await symlink(precious, model);
    expect((await desk.run(['demo', '--no-browser'])).code).toBe(0);
    expect(await readFile(precious, 'utf8')).toBe('mine');
    expect((await lstat(model)).isFile()).toBe(true);
  },
);

test('the browser gets none of our variables', async () => {
  await using service = await FlatService.start();
  await using desk = await Desk.create();
  const seen = join(desk.folder, 'seen.txt');
  const browser = join(desk.folder, 'browser.sh');
  await writeFile(browser, `env > '${seen}'\nexit 3\n`);
  await using session = new Session(
    desk,
    ['authorize', 'clash', '-r', service.listUrl, '--browser', `sh '${browser}'`],
    { env: { BIMSERVICE_PASSPHRASE: 'correct horse battery', KEPT: 'yes' } },
  );
  // The opener failed: what to do is said at once, with the address.
  await session.said(/No browser could be started[\s\S]*--no-browser --paste/);
  const env = await readFile(seen, 'utf8');
  expect(env).toMatch(/^KEPT=yes$/m);
  expect(env).not.toMatch(/^BIMSERVICE_/m);
});
