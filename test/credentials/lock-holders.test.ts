// Who holds a lock or writes a file: clocks that jump, containers with one host name, locks that cannot be read. Built program.
import { chmod, chown, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliResult, cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { movedClock } from '../support/moved-clock.js';
import { noPidNamespace, ownPidNamespace } from '../support/pid-namespace.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

const HOURS = 2 * 3_600_000;

test.each([
  ['forward', HOURS],
  ['back', -HOURS],
])(
  'the clock jumps two hours %s while many processes wait for one refresh: it stays one',
  async (_, byMs) => {
    await using server = await RotatingServer.start({ expiresIn: 3 * 3600, refreshMs: 3000 });
    await using workspace = await Workspace.create();
    await storeGrant(workspace, server, -HOURS - 1000);
    const runs = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        workspace.spawn(['token', 'rotating', '-r', server.listUrl], {
          env: index % 2 === 0 ? movedClock({ afterMs: 1200, byMs }) : {},
        }),
      ),
    );
    expect(runs.map(({ code }) => code)).toEqual(Array(5).fill(0));
    expect(new Set(runs.map(({ stdout }) => stdout.trim()))).toEqual(new Set([server.grant.accessToken]));
    expect({ refreshes: server.refreshes, reuses: server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
  },
);

describe.skipIf(noPidNamespace !== null)(
  `two containers with one host name${noPidNamespace ? ` (${noPidNamespace})` : ''}`,
  () => {
    const runIn = (workspace: Workspace, argv: string[], pidsBefore: number): Promise<CliResult> => {
      const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir };
      const [program, words] = ownPidNamespace([process.execPath, PROGRAM, ...argv], pidsBefore);
      return spawnProgram(program, words, { cwd: workspace.folder, env });
    };

    test('the second waits for the refresh of the first', async () => {
      await using server = await RotatingServer.start({ expiresIn: 3600, refreshMs: 3000 });
      await using workspace = await Workspace.create();
      await storeGrant(workspace, server, -1000);
      const argv = ['token', 'rotating', '-r', server.listUrl];
      // The first one's process id is free in the second container.
      const first = runIn(workspace, argv, 30);
      await expect.poll(() => server.asked).toBe(1);
      const runs = await Promise.all([first, runIn(workspace, argv, 0)]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0]);
      expect({ refreshes: server.refreshes, reuses: server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
    });

    test('the second leaves the part of the first alone', async () => {
      await using server = await RotatingServer.start({ expiresIn: 3600, runMs: 3000 });
      await using workspace = await Workspace.create();
      await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
      await storeGrant(workspace, server, HOURS);
      const argv = (output: string) => [
        ...['invoke', 'rotating', 'model.ifc', '--no-receipt', '-o', output, '-r', server.listUrl],
      ];
      const first = runIn(workspace, argv('first.json'), 30);
      await expect.poll(() => server.seen).toHaveLength(1);
      const runs = await Promise.all([first, runIn(workspace, argv('second.json'), 0)]);
      expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toMatchObject([{ code: 0 }, { code: 0 }]);
      expect(await readFile(join(workspace.folder, 'first.json'), 'utf8')).toContain('fine');
    });
  },
);

describe('a lock that is no lock', () => {
  const isRoot = process.getuid?.() === 0;

  /** The lock of the token that `storeGrant` stores. */
  async function lockOf(workspace: Workspace): Promise<string> {
    const names = await readdir(join(workspace.configDir, 'credentials'));
    const token = names.find((name) => name.startsWith('token-')) ?? '';
    return join(workspace.configDir, 'credentials', token.replace(/json$/, 'lock'));
  }

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['a folder', (path) => mkdir(path)],
    ['a dangling link', (path) => symlink('/nowhere/at/all', path)],
  ])('%s: an error that names it', async (_, plant) => {
    await using server = await RotatingServer.start({ expiresIn: 3600 });
    await using workspace = await Workspace.create();
    await storeGrant(workspace, server, -1000);
    const lock = await lockOf(workspace);
    await plant(lock);
    const { code, stderr } = await workspace.spawn(['token', 'rotating', '-r', server.listUrl]);
    expect({ code, refreshes: server.refreshes }).toEqual({ code: 7, refreshes: 0 });
    expect(stderr).toContain(lock);
    await rm(lock, { recursive: true });
  });

  test.skipIf(!isRoot)("root's: an error that names it and its owner", async () => {
    await using server = await RotatingServer.start({ expiresIn: 3600 });
    await using workspace = await Workspace.create();
    await storeGrant(workspace, server, -1000);
    const lock = await lockOf(workspace);
    const folder = join(workspace.configDir, 'credentials');
    for (const path of [workspace.folder, workspace.configDir, folder]) await chown(path, 54321, 54321);
    for (const name of await readdir(folder)) await chown(join(folder, name), 54321, 54321);
    await writeFile(lock, '{"pid":1}', { mode: 0o600 });
    await chmod(workspace.folder, 0o755);
    const as = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, PROGRAM];
    const { code, stderr } = await spawnProgram(
      'setpriv',
      [...as, 'token', 'rotating', '-r', server.listUrl],
      {
        cwd: workspace.folder,
        env: { ...cleanEnvironment(), HOME: workspace.folder, BIMSERVICE_CONFIG_DIR: workspace.configDir },
      },
    );
    expect({ code, refreshes: server.refreshes }).toEqual({ code: 7, refreshes: 0 });
    expect(stderr).toContain(`${lock} belongs to user 0`);
  });
});
