// `status` and `logout`: states in words, the source of each token, and revocation when a server supports it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OidcService } from '../support/oidc.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

const DAY = 86_400_000;

test('RFC 7009: logout revokes the token at oidc-provider, and the resource refuses it afterwards', async () => {
  await using service = await OidcService.start();
  await using workspace = await Workspace.create();
  const at = ['-r', service.listUrl];
  await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
  expect((await workspace.run(['authorize', 'check', ...at], { browser: person })).code).toBe(0);
  await person.visit();
  const { stdout: token } = await workspace.run(['token', 'check', ...at]);
  const out = await workspace.run(['logout', 'check', '--registration', '--json', ...at]);
  expect(JSON.parse(out.stdout)).toMatchObject({
    removed: { token: true, registration: true },
    revoked: true,
  });
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const argv = ['invoke', 'check', 'model.ifc', '--no-receipt', ...at];
  const { code } = await workspace.run(argv, { env: { BIMSERVICE_TOKEN: token.trim() } });
  expect({ code, checked: service.checked }).toEqual({ code: 4, checked: [] });
});

test('when a server has no revocation, logout says that the token stays valid there', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  const at = ['-r', service.listUrl];
  await workspace.run(['token', 'clash', '--set', '-', ...at], { stdin: 'a-stored-token' });
  const { code, stderr } = await workspace.run(['logout', 'clash', ...at]);
  expect(code).toBe(0);
  expect(stderr).toContain('Removed the token');
  expect(stderr).toContain('the token stays valid there until it ends');
  expect((await workspace.run(['logout', 'clash', ...at])).stderr).toContain('Nothing was stored');
  expect((await workspace.run(['token', 'clash', ...at])).code).toBe(4);
  service.server.takeComplaints();
});

test.each([
  [30, '14d', false, 0],
  [10, '14d', false, 4],
  [-1, '1s', false, 4],
  // It is refreshed when it is used: no one is needed.
  [10, '14d', true, 0],
  [-1, '1s', true, 0],
])(
  'a token that ends in %i days with --fail-if-expires-in %s, refreshable: %s: exit %i',
  async (days, span, refreshable, exit) => {
    await using server = await RotatingServer.start({ expiresIn: 3600 });
    await using workspace = await Workspace.create();
    await storeGrant(workspace, server, days * DAY + 60_000, { refreshable });
    const { code, stderr } = await workspace.run([
      'status',
      '--fail-if-expires-in',
      span,
      '-r',
      server.listUrl,
    ]);
    expect(code).toBe(exit);
    if (exit !== 0) expect(stderr).toContain('bimservice authorize rotating');
    const says = `within ${span === '14d' ? '14 days' : '1 second'} and are refreshed at their next use: rotating`;
    expect(stderr.includes(says)).toBe(refreshable);
  },
);

test('--fail-if-expires-in fails for a service that is named and not authorized, and where no service is', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  const check = (...service: string[]) =>
    workspace.run(['status', ...service, '--fail-if-expires-in', '1d', '-r', server.listUrl]);
  expect(await check()).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('no service is authorized'),
  });
  const { code, stderr } = await check('rotating');
  expect(code).toBe(4);
  expect(stderr).toContain('rotating is not authorized\n  bimservice authorize rotating');
  const list = [
    server.entry,
    { ...server.entry, name: 'Other', resourceUrl: `${server.entry.resourceUrl}/2` },
  ];
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
  await storeGrant(workspace, server, 3_600_000);
  expect(await workspace.run(['status', '--fail-if-expires-in', '1s', '-r', 'list.json'])).toMatchObject({
    code: 0,
  });
});

test('status names the variable that a token is from', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, 3_600_000);
  const at = ['-r', server.listUrl];
  const { stdout: credentials } = await workspace.run(['token', 'rotating', '--export', ...at]);
  const shown = async (env: Record<string, string>) =>
    (await workspace.run(['status', ...at], { env })).stdout;
  expect(await shown({})).toMatch(/^rotating +authorized +files /m);
  expect(await shown({ BIMSERVICE_CREDENTIALS: credentials.trim() })).toMatch(/ BIMSERVICE_CREDENTIALS /);
  expect(await shown({ BIMSERVICE_TOKEN: 'x' })).toMatch(/ BIMSERVICE_TOKEN /);
});

test('status says in words how long a token is valid, and what to type next', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  const status = async () =>
    (await workspace.run(['status', '--all', '-r', server.listUrl])).stdout.split('\n')[1];
  expect(await status()).toMatch(
    /^rotating {2}unregistered {2}- +- +bimservice authorize rotating -r http:\S+$/,
  );
  await storeGrant(workspace, server, 3 * DAY + 60_000);
  expect(await status()).toMatch(
    /^rotating {2}authorized {2}files +for another 3 days +bimservice invoke rotating MODEL -r http:\S+$/,
  );
  await storeGrant(workspace, server, -2 * 3_600_000);
  expect(await status()).toMatch(
    /^rotating {2}expired {2}files +ended 2 hours ago; it is refreshed at the next use/,
  );
});

test('status shows what is stored: tokens, then registrations; with --all the rest too', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, 3_600_000);
  const { entry } = server;
  const elsewhere = { ...entry.oauth, tokenUrl: `${new URL(server.listUrl).origin}/another-token` };
  const list = [
    { name: 'Aaa', resourceUrl: `${new URL(server.listUrl).origin}/open` },
    { ...entry, name: 'Bbb', oauth: elsewhere, resourceUrl: entry.resourceUrl },
    { ...entry, name: 'Ccc', resourceUrl: `${entry.resourceUrl}/2` },
    entry,
  ];
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify(list));
  const stored = await workspace.run(['status', '-r', 'list.json']);
  expect(
    stored.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(['ID', 'rotating', 'ccc']);
  expect(stored.stderr).toContain(
    '2 other services without credentials: bimservice status -r list.json --all',
  );
  const { stdout } = await workspace.run(['status', '--all', '-r', 'list.json']);
  expect(
    stdout
      .split('\n')
      .slice(1, 5)
      .map((line) => line.split(' ')[0]),
  ).toEqual(['rotating', 'ccc', 'aaa', 'bbb']);
});

test('the end of a token is in local time with its zone', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, -3_600_000, { refreshable: false });
  const { code, stderr } = await workspace.spawn(['token', 'rotating', '-r', server.listUrl], {
    env: { TZ: 'Asia/Tokyo' },
  });
  expect(code).toBe(4);
  expect(stderr).toMatch(/the token of rotating ended on \w{3} \d+, \d{4}, \d\d:\d\d GMT\+9\n/);
});
