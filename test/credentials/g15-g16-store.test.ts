// G15: a damaged or hostile store. G16: all kinds of home folders (CASES B068 to B082). Through the whole program.

import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, spawnProgram, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { RotatingServer } from '../support/rotating-server.js';

const ENTRY = {
  name: 'Closed',
  inputs: ['IFC_STEP_4'],
  outputs: [],
  resourceUrl: 'http://127.0.0.1:9/x',
  oauth: {
    registerUrl: 'http://127.0.0.1:9/r',
    authorizationUrl: 'http://127.0.0.1:9/a',
    tokenUrl: 'http://127.0.0.1:9/t',
  },
};
const OTHER = { ...ENTRY, name: 'Other', resourceUrl: 'http://127.0.0.1:9/y' };
const AT = ['-r', 'services.json'];
const isRoot = process.getuid?.() === 0;

/** A workspace with a token for each of two services; `file` is the token file of the first. */
async function workspaceWithTokens() {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'services.json'), JSON.stringify([ENTRY, OTHER]));
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const folder = join(workspace.configDir, 'credentials');
  expect(
    (await workspace.run(['token', 'closed', '--set', '-', ...AT], { stdin: 'token-of-closed' })).code,
  ).toBe(0);
  const [name = ''] = await readdir(folder);
  expect(
    (await workspace.run(['token', 'other', '--set', '-', ...AT], { stdin: 'token-of-other' })).code,
  ).toBe(0);
  return {
    workspace,
    folder,
    file: join(folder, name),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

describe('G15 a token file that is', () => {
  const good = (text: string) => JSON.parse(text);
  const damages: [string, (text: string) => string | Buffer][] = [
    ['empty', () => ''],
    ['half', (text) => text.slice(0, text.length / 2)],
    ['an array', (text) => `[${text}]`],
    ['null', () => 'null'],
    ['NUL bytes', () => Buffer.alloc(300)],
    ['followed by more text', (text) => `${text}}`],
    ['of a wrong type', (text) => JSON.stringify({ ...good(text), accessToken: 17 })],
    ['50 MB of blanks', () => Buffer.alloc(50 * 1024 * 1024, ' ')],
  ];
  test.each(damages)('%s: set aside and named, exit 7; the others still work', async (_, damage) => {
    await using at = await workspaceWithTokens();
    const damaged = damage(await readFile(at.file, 'utf8'));
    await writeFile(at.file, damaged);
    const { code, stderr } = await at.workspace.run(['invoke', 'closed', 'model.ifc', ...AT]);
    const kept = (await readdir(at.folder)).filter((name) => name.includes('.corrupt-'));
    expect({ code, kept: kept.length }).toEqual({ code: 7, kept: 1 });
    expect(stderr).toContain(kept[0]);
    expect(Buffer.compare(await readFile(join(at.folder, kept[0] ?? '')), Buffer.from(damaged))).toBe(0);
    expect((await at.workspace.run(['token', 'other', ...AT])).stdout).toBe('token-of-other\n');
    expect((await at.workspace.run(['list', ...AT])).code).toBe(0);
    expect(
      (await at.workspace.run(['token', 'closed', '--set', '-', ...AT], { stdin: 'a-new-token' })).code,
    ).toBe(0);
    expect((await at.workspace.run(['token', 'closed', ...AT])).stdout).toBe('a-new-token\n');
  });

  test('begun by a BOM: read normally', async () => {
    await using at = await workspaceWithTokens();
    await writeFile(at.file, `\ufeff${await readFile(at.file, 'utf8')}`);
    expect((await at.workspace.run(['token', 'closed', ...AT])).stdout).toBe('token-of-closed\n');
  });

  test('B082: of a newer version: never rewritten, exit 7', async () => {
    await using at = await workspaceWithTokens();
    const newer = JSON.stringify({ ...JSON.parse(await readFile(at.file, 'utf8')), version: 2 });
    await writeFile(at.file, newer);
    const { code, stderr } = await at.workspace.run(['token', 'closed', ...AT]);
    expect(code).toBe(7);
    expect(stderr).toContain('newer bimservice');
    expect(await readFile(at.file, 'utf8')).toBe(newer);
    expect((await readdir(at.folder)).filter((name) => name.includes('.corrupt-'))).toEqual([]);
  });

  test('B068: of mode 0644: tightened with a warning', async () => {
    await using at = await workspaceWithTokens();
    await chmod(at.file, 0o644);
    const { code, stdout, stderr } = await at.workspace.run(['token', 'closed', ...AT]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'token-of-closed\n' });
    expect(stderr).toContain('was open to others (mode 644); now it is 600');
    expect(stderr).not.toContain('token-of-closed');
  });

  test.skipIf(!isRoot)("B074: another user's: the message names the path and the owner", async () => {
    await using at = await workspaceWithTokens();
    for (const path of [at.workspace.folder, at.workspace.configDir]) await chmod(path, 0o755);
    for (const name of await readdir(at.folder)) await chown(join(at.folder, name), 12345, 12345);
    await chown(at.folder, 12345, 12345);
    const env = {
      ...cleanEnvironment(),
      HOME: at.workspace.folder,
      BIMSERVICE_CONFIG_DIR: at.workspace.configDir,
    };
    const as = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, PROGRAM];
    const run = (argv: string[]) =>
      spawnProgram('setpriv', [...as, ...argv], { cwd: at.workspace.folder, env, stdin: 'x-token-x' });
    const { code, stderr } = await run(['token', 'closed', '--set', '-', ...AT]);
    expect(code).toBe(7);
    expect(stderr).toContain(at.folder);
    expect(stderr).toContain('belongs to user 12345');
    expect((await run(['list', ...AT])).code).toBe(0);
  });
});

describe('G16 a home that is', () => {
  /** Runs the program without a named folder. `HOME` is a temporary folder, so that no real home is touched. */
  async function saves(workspace: Workspace, env: Record<string, string>, without: string[] = []) {
    const all: Record<string, string> = { ...cleanEnvironment(), HOME: workspace.folder, ...env };
    for (const name of ['XDG_CONFIG_HOME', ...without]) if (env[name] === undefined) delete all[name];
    const argv = [PROGRAM, 'token', 'closed', '--set', '-', ...AT];
    return spawnProgram(process.execPath, argv, { cwd: workspace.folder, env: all, stdin: 'a-token' });
  }
  const usual = (workspace: Workspace) => join(workspace.folder, '.config', 'bimservice', 'credentials');

  async function workspace(): Promise<Workspace> {
    const made = await Workspace.create();
    await writeFile(join(made.folder, 'services.json'), JSON.stringify([ENTRY]));
    return made;
  }

  test('the default one', async () => {
    await using at = await workspace();
    expect((await saves(at, {})).code).toBe(0);
    expect(await readdir(usual(at))).toHaveLength(1);
  });

  test('missing: it is created', async () => {
    await using at = await workspace();
    const home = join(at.folder, 'not', 'there');
    expect((await saves(at, { HOME: home })).code).toBe(0);
    expect(await readdir(join(home, '.config', 'bimservice', 'credentials'))).toHaveLength(1);
  });

  test('named by a relative XDG_CONFIG_HOME: that is ignored, and HOME counts', async () => {
    await using at = await workspace();
    const { code } = await saves(at, { XDG_CONFIG_HOME: 'relative' });
    expect(code).toBe(0);
    expect(await readdir(at.folder)).not.toContain('relative');
    expect(await readdir(usual(at))).toHaveLength(1);
  });

  test.skipIf(!isRoot)(
    'not there, for an account without an entry: list and invoke work, and one line says that nothing is stored',
    async () => {
      await using server = await RotatingServer.start({ expiresIn: 3600 });
      await using at = await workspace();
      await writeFile(join(at.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
      await chmod(at.folder, 0o777);
      const env: Record<string, string> = {
        ...cleanEnvironment(),
        BIMSERVICE_TOKEN: server.grant.accessToken,
      };
      for (const name of ['HOME', 'XDG_CONFIG_HOME']) delete env[name];
      const as = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, PROGRAM];
      const run = (argv: string[], stdin = '') =>
        spawnProgram('setpriv', [...as, ...argv, '-r', server.listUrl], { cwd: at.folder, env, stdin });
      for (const argv of [['list'], ['invoke', 'rotating', 'model.ifc']]) {
        const { code, stderr } = await run(argv);
        expect(code).toBe(0);
        expect(stderr.match(/nothing is stored/g)).toHaveLength(1);
      }
      const refused = await run(['token', 'rotating', '--set', '-'], 'a-token-to-store');
      expect(refused.code).toBe(7);
      expect(refused.stderr).toContain('--config-dir');
    },
  );

  test.each([['empty'], ['not set']])('%s: no secret is written to the working folder', async (kind) => {
    await using at = await workspace();
    const before = await readdir(at.folder);
    const env = { ...cleanEnvironment(), ...(kind === 'empty' ? { HOME: '' } : {}) };
    if (kind !== 'empty') Reflect.deleteProperty(env, 'HOME');
    // Only reads, because a test must not write to the real home of this user.
    const { code, stderr } = await spawnProgram(process.execPath, [PROGRAM, 'list', ...AT], {
      cwd: at.folder,
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await readdir(at.folder)).toEqual(before);
  });

  test('B073: a folder that was made read-only loses the rights of others, and gets none', async () => {
    await using at = await workspaceWithTokens();
    await chmod(at.folder, 0o555);
    try {
      const done = await at.workspace.run(['token', 'closed', '--set', '-', ...AT], { stdin: 'a-new-token' });
      expect(done.stderr).toContain('was open to others (mode 555); now it is 500');
      // Root writes in any folder.
      expect(done.code).toBe(isRoot ? 0 : 7);
    } finally {
      await chmod(at.folder, 0o700);
    }
  });

  test('B073: one that cannot be written: 7 for commands that save, and the others work', async () => {
    await using at = await workspace();
    await writeFile(join(at.folder, '.config'), 'a file instead of the folder');
    const { code, stderr } = await saves(at, {});
    expect(code).toBe(7);
    expect(stderr).toContain(join(at.folder, '.config', 'bimservice'));
    expect(
      (
        await spawnProgram(process.execPath, [PROGRAM, 'list', ...AT], {
          cwd: at.folder,
          env: { ...cleanEnvironment(), HOME: at.folder },
        })
      ).code,
    ).toBe(0);
  });

  test.each([[['status', '--json']], [['invoke', 'closed', 'model.ifc', '--json']]])(
    'fine, in a working folder that was deleted: one line (%j)',
    async (argv) => {
      await using at = await workspace();
      const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"';
      const list = join(at.folder, 'services.json');
      const { code, stdout, stderr } = await spawnProgram(
        'sh',
        ['-c', script, process.execPath, PROGRAM, ...argv, '-r', list],
        { cwd: at.folder, env: { ...cleanEnvironment(), HOME: at.folder } },
      );
      expect(code).toBe(7);
      expect(stderr).toContain('the working folder does not exist any more');
      expect(JSON.parse(stdout).error.message).toContain('the working folder does not exist any more');
      expect(stderr).not.toContain(' at ');
    },
  );

  test('B077: with a symlinked file and a symlinked folder: both links are kept', async () => {
    await using at = await workspace();
    await mkdir(join(at.folder, 'real'), { mode: 0o700 });
    await mkdir(join(at.folder, '.config'));
    await symlink(join(at.folder, 'real'), join(at.folder, '.config', 'bimservice'));
    expect((await saves(at, {})).code).toBe(0);
    const [name = ''] = await readdir(join(at.folder, 'real', 'credentials'));
    const file = join(at.folder, 'real', 'credentials', name);
    await rename(file, join(at.folder, 'moved.json'));
    await symlink(join(at.folder, 'moved.json'), file);
    const before = await readFile(join(at.folder, 'moved.json'), 'utf8');
    expect((await saves(at, {})).code).toBe(0);
    expect(await readlink(file)).toBe(join(at.folder, 'moved.json'));
    expect(await readFile(join(at.folder, 'moved.json'), 'utf8')).not.toBe(before);
    await rm(join(at.folder, '.config', 'bimservice'));
  });
});
