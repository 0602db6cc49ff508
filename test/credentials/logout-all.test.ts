// `logout --all`: everything that is stored goes, also of services that no list names any more, and one failure stops no other.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { type OidcOptions, OidcService } from '../support/oidc.js';

/** A list that names nothing: what was stored belongs to no service of it. */
const EMPTY = ['-r', 'empty.json'];

async function workspaceWithEmptyList(): Promise<Workspace> {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'empty.json'), '[]');
  return workspace;
}

const stored = (workspace: Workspace) => readdir(join(workspace.configDir, 'credentials'));

/** Logs in at `service`, and returns its access token. */
async function logIn(workspace: Workspace, service: { listUrl: string }, name: string): Promise<string> {
  const at = ['-r', service.listUrl];
  await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
  expect(await workspace.run(['authorize', name, ...at], { browser: person })).toMatchObject({ code: 0 });
  await person.visit();
  return (await workspace.run(['token', name, ...at])).stdout.trim();
}

test.each<NonNullable<OidcOptions['entry']>>(['addresses', 'issuer'])(
  'tokens of services that no list names are revoked and removed (entry with %s)',
  async (entry) => {
    await using service = await OidcService.start({ entry });
    await using flat = await FlatService.start();
    await using workspace = await workspaceWithEmptyList();
    const token = await logIn(workspace, service, 'check');
    await workspace.run(['token', 'clash', '--set', '-', '-r', flat.listUrl], { stdin: 'a-pasted-token' });
    const { code, stdout } = await workspace.run(['logout', '--all', '--json', ...EMPTY]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      tokens: expect.arrayContaining([
        expect.objectContaining({ store: 'files', removed: true, revoked: true, error: null }),
        expect.objectContaining({ name: 'Clash detection', removed: true, revoked: false, error: null }),
      ]),
      registrations: [{ tokenUrl: `${service.origin}/token`, store: 'files', removed: true, error: null }],
      copies: 0,
      errors: [],
    });
    expect(await stored(workspace)).toEqual([]);
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    const argv = ['invoke', 'check', 'model.ifc', '--no-receipt', '-r', service.listUrl];
    const sent = await workspace.run(argv, { env: { BIMSERVICE_TOKEN: token } });
    expect({ code: sent.code, checked: service.checked }).toEqual({ code: 4, checked: [] });
  },
);

test('a server that is down and a record that cannot be removed stop no other; the exit code is that of the worst', async () => {
  await using workspace = await workspaceWithEmptyList();
  await using alive = await OidcService.start({ entry: 'issuer' });
  {
    await using gone = await OidcService.start({ entry: 'issuer' });
    await logIn(workspace, gone, 'check');
  }
  await logIn(workspace, alive, 'check');
  const down = await workspace.run(['logout', '--all', '--json', ...EMPTY]);
  const tokens: { revoked: boolean; removed: boolean; error: { code: string } | null }[] = JSON.parse(
    down.stdout,
  ).tokens;
  expect(
    tokens.map(({ revoked, removed, error }) => ({ revoked, removed, error: error?.code ?? null })),
  ).toEqual(
    expect.arrayContaining([
      { revoked: true, removed: true, error: null },
      { revoked: false, removed: true, error: 'unreachable' },
    ]),
  );
  expect(down.code).toBe(5);
  expect(await stored(workspace)).toEqual([]);

  await logIn(workspace, alive, 'check');
  const stuck = `token-${'0'.repeat(32)}.json`;
  await mkdir(join(workspace.configDir, 'credentials', stuck));
  const { code, stderr } = await workspace.run(['logout', '--all', ...EMPTY]);
  expect(code).toBe(7);
  expect(stderr).toContain('the server has revoked it');
  expect(stderr).toContain('error: could not remove ');
  expect(await stored(workspace)).toEqual([stuck]);
});

test('damaged records and the copies of damaged ones go too', async () => {
  await using workspace = await workspaceWithEmptyList();
  const folder = join(workspace.configDir, 'credentials');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = `token-${'1'.repeat(32)}`;
  await writeFile(join(folder, `${key}.json`), '{"half":', { mode: 0o600 });
  await writeFile(join(folder, `${key}.json.corrupt-17`), '{"accessToken":"secret', { mode: 0o600 });
  await writeFile(join(folder, 'notes.txt'), 'not ours');
  const { code, stderr } = await workspace.run(['logout', '--all', ...EMPTY]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr:
      'warning: Removed a damaged credential; it could not be revoked.\nRemoved 1 copy of damaged credentials.\n',
  });
  expect(await stored(workspace)).toEqual(['notes.txt']);
});

test('nothing is stored; a service and --all together; neither of them', async () => {
  await using workspace = await workspaceWithEmptyList();
  expect(await workspace.run(['logout', '--all', ...EMPTY])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Nothing was stored.\n',
  });
  expect((await workspace.run(['logout', '--all', 'clash'])).code).toBe(2);
  const neither = await workspace.run(['logout']);
  expect(neither.code).toBe(2);
  expect(neither.stderr).toContain('bimservice logout --all');
});

test('logout says that a server was not reached, and not that it has no revocation', async () => {
  await using workspace = await workspaceWithEmptyList();
  let list = '';
  {
    await using gone = await OidcService.start({ entry: 'addresses' });
    await logIn(workspace, gone, 'check');
    list = gone.listUrl;
  }
  const { code, stderr } = await workspace.run(['logout', 'check', '-r', list]);
  expect(code).toBe(0);
  expect(stderr).toContain('whether the server revokes tokens is not known');
});
