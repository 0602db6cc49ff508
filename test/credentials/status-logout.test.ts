// `status` and `logout`: states in words, the source of each token, and revocation when a server supports it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { Desk } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OidcService } from '../support/oidc.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

const DAY = 86_400_000;

test('RFC 7009: logout revokes the token at oidc-provider, and the resource refuses it afterwards', async () => {
  await using service = await OidcService.start();
  await using desk = await Desk.create();
  const at = ['-r', service.listUrl];
  await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
  expect((await desk.run(['authorize', 'check', ...at], { browser: person })).code).toBe(0);
  await person.visit();
  const { stdout: token } = await desk.run(['token', 'check', ...at]);
  const out = await desk.run(['logout', 'check', '--registration', '--json', ...at]);
  expect(JSON.parse(out.stdout)).toMatchObject({
    removed: { token: true, registration: true },
    revoked: true,
  });
  await writeFile(join(desk.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const argv = ['invoke', 'check', 'model.ifc', '--no-receipt', ...at];
  const { code } = await desk.run(argv, { env: { BIMSERVICE_TOKEN: token.trim() } });
  expect({ code, checked: service.checked }).toEqual({ code: 4, checked: [] });
});

test('when a server has no revocation, logout says that the token stays valid there', async () => {
  await using service = await FlatService.start();
  await using desk = await Desk.create();
  const at = ['-r', service.listUrl];
  await desk.run(['token', 'clash', '--set', '-', ...at], { stdin: 'a-stored-token' });
  const { code, stderr } = await desk.run(['logout', 'clash', ...at]);
  expect(code).toBe(0);
  expect(stderr).toContain('Removed the token');
  expect(stderr).toContain('the token stays valid there until it ends');
  expect((await desk.run(['logout', 'clash', ...at])).stderr).toContain('Nothing was stored');
  expect((await desk.run(['token', 'clash', ...at])).code).toBe(4);
  service.server.takeComplaints();
});

test.each([
  [30, ['14d'], 0],
  [10, ['14d'], 4],
  [-1, ['1s'], 4],
] as const)(
  'a token that ends in %i days with --fail-if-expires-in %j: exit %i',
  async (days, [span], exit) => {
    await using server = await RotatingServer.start({ expiresIn: 3600 });
    await using desk = await Desk.create();
    await storeGrant(desk, server, days * DAY + 60_000);
    const { code, stderr } = await desk.run(['status', '--fail-if-expires-in', span, '-r', server.listUrl]);
    expect(code).toBe(exit);
    if (exit !== 0) expect(stderr).toContain('bimservice authorize rotating');
  },
);

test('status says in words how long a token is valid, and what to type next', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using desk = await Desk.create();
  const status = async () => (await desk.run(['status', '-r', server.listUrl])).stdout.split('\n')[1];
  expect(await status()).toMatch(/^rotating {2}unregistered {2}- +- +bimservice authorize rotating$/);
  await storeGrant(desk, server, 3 * DAY + 60_000);
  expect(await status()).toMatch(
    /^rotating {2}authorized {2}files +for another 3 days +bimservice invoke rotating MODEL$/,
  );
  await storeGrant(desk, server, -2 * 3_600_000);
  expect(await status()).toMatch(
    /^rotating {2}expired {2}files +ended 2 hours ago; it is refreshed at the next use/,
  );
});
