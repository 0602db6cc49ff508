// The service decides whether a token is good, not the clock; what a refusal teaches is remembered (built program, real servers).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { jsonResponse } from '../support/json.js';
import { RotatingServer } from '../support/rotating-server.js';
import { StrictServer } from '../support/strict-server.js';
import { storeGrant } from './stored.js';

const DAY = 86_400_000;
const MODEL = stepModel({ schema: 'IFC4' });

async function setUp(options: { refreshMs?: number } = {}) {
  const server = await RotatingServer.start({ expiresIn: 3600, ...options });
  const workspace = await Workspace.create();
  await storeGrant(workspace, server, DAY);
  await writeFile(join(workspace.folder, 'model.ifc'), MODEL);
  return {
    server,
    workspace,
    run: (argv: readonly string[], more = {}) => workspace.run([...argv, '-r', server.listUrl], more),
    spawn: (argv: readonly string[]) => workspace.spawn([...argv, '-r', server.listUrl]),
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('a 401 before the end of the token: one refresh, one more request, exit 0', async () => {
  await using at = await setUp();
  const old = at.server.grant.accessToken;
  at.server.endAccess();
  const done = await at.spawn(['invoke', 'rotating', 'model.ifc', '--no-receipt']);
  expect(done).toMatchObject({ code: 0 });
  expect(at.server.seen).toEqual([old, at.server.grant.accessToken]);
  expect({ refreshes: at.server.refreshes, reuses: at.server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
});

test('several models at once: still one refresh', async () => {
  await using at = await setUp();
  at.server.endAccess();
  const models = ['a.ifc', 'b.ifc', 'c.ifc'];
  for (const name of models) await writeFile(join(at.workspace.folder, name), MODEL);
  const done = await at.run(['invoke', 'rotating', ...models, '--jobs', '3', '--no-receipt']);
  expect(done).toMatchObject({ code: 0 });
  expect({ refreshes: at.server.refreshes, reuses: at.server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
});

test('a model from a pipe cannot be sent again: the error says so, and the next run works', async () => {
  await using at = await setUp();
  at.server.endAccess();
  const argv = ['invoke', 'rotating', '-', '--no-receipt'];
  const first = await at.run(argv, { stdin: MODEL.toString() });
  expect(first.code).toBe(4);
  expect(first.stderr).toContain('The token is refreshed now: run the command again.');
  expect(await at.run(argv, { stdin: MODEL.toString() })).toMatchObject({ code: 0 });
  expect(at.server.seen).toHaveLength(2);
});

test('after invalid_grant no run tries again, and status promises no refresh', async () => {
  await using at = await setUp();
  await using stranger = await RotatingServer.start({ expiresIn: 3600 });
  // The grant of another server: this one does not know it.
  Object.defineProperty(at.server, 'grant', { value: stranger.grant });
  await storeGrant(at.workspace, at.server, -DAY);
  const before = await at.run(['status', 'rotating']);
  expect(before.stdout).toContain('it is refreshed at the next use');
  expect((await at.run(['token', 'rotating'])).stderr).toContain('invalid_grant');
  const after = await at.run(['status', 'rotating']);
  expect(after.stdout).toContain('the server refused to refresh it');
  expect(after.stdout).toContain('bimservice authorize rotating');
  const again = await at.run(['token', 'rotating', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'token-expired' } });
});

test('logout waits for a refresh that is under way, and its token is gone as well', async () => {
  await using at = await setUp({ refreshMs: 1500 });
  await storeGrant(at.workspace, at.server, -1000);
  const refreshing = at.spawn(['token', 'rotating']);
  await expect.poll(() => at.server.asked).toBe(1);
  const out = await at.spawn(['logout', 'rotating', '--json']);
  expect(JSON.parse(out.stdout)).toMatchObject({ removed: { token: true } });
  expect(await refreshing).toMatchObject({ code: 0 });
  const left = await at.run(['status', 'rotating', '--json']);
  expect(JSON.parse(left.stdout).services[0]).toMatchObject({ status: 'registered', token: null });
});

test('a refresh that waited for logout does not bring the token back', async () => {
  await using at = await setUp({ refreshMs: 1000 });
  await storeGrant(at.workspace, at.server, -1000);
  const first = at.spawn(['token', 'rotating']);
  await expect.poll(() => at.server.asked).toBe(1);
  const out = at.spawn(['logout', 'rotating']);
  const second = at.spawn(['token', 'rotating', '--refresh', '--json']);
  await Promise.all([first, out]);
  await second;
  const left = JSON.parse((await at.run(['status', 'rotating', '--json'])).stdout).services[0];
  // Whichever of the two came first: after the logout there is no token.
  expect(left.token).toBeNull();
});

test('insufficient_scope is named with the scope; nothing is refreshed or sent again', async () => {
  await using at = await setUp();
  const { oauth } = at.server.entry;
  await using resource = await StrictServer.start({
    run: {
      method: 'POST',
      path: '/run',
      handle: () => ({
        ...jsonResponse(403, { error: 'insufficient_scope' }),
        headers: [['WWW-Authenticate', 'Bearer realm="x", error="insufficient_scope", scope="models:write"']],
      }),
    },
  });
  const entry = { ...at.server.entry, resourceUrl: `${resource.origin}/run`, oauth };
  await writeFile(join(at.workspace.folder, 'list.json'), JSON.stringify([entry]));
  await at.workspace.run(['token', 'rotating', '--set', '-', '-r', 'list.json'], { stdin: 'a-stored-token' });
  const argv = ['invoke', 'rotating', 'model.ifc', '--json', '--no-receipt', '-r', 'list.json'];
  const done = JSON.parse((await at.workspace.run(argv)).stdout);
  expect(done.error).toMatchObject({ code: 'token-refused', exitCode: 4 });
  expect(done.error.message).toContain('insufficient_scope');
  expect(done.error.message).toContain('models:write');
  expect(resource.callsTo('run')).toHaveLength(1);
});

test('refused by the service and by the server: status says so, and no later run sends the model', async () => {
  await using at = await setUp();
  at.server.revoke();
  const invoke = ['invoke', 'rotating', 'model.ifc', '--no-receipt'];
  expect((await at.run(invoke)).code).toBe(4);
  const [shown] = JSON.parse((await at.run(['status', 'rotating', '--json'])).stdout).services;
  expect(shown).toMatchObject({
    status: 'expired',
    registration: { clientId: expect.any(String) },
    token: { isRefreshed: false, refused: expect.stringMatching(/^\d{4}-/) },
  });
  expect((await at.run(['status', 'rotating'])).stdout).toContain('bimservice authorize rotating');
  expect(await at.run(['status', 'rotating', '--fail-if-expires-in', '1m'])).toMatchObject({ code: 4 });
  const again = await at.run([...invoke, '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    outcome: 'not-sent',
    error: {
      code: 'token-refused',
      exitCode: 4,
      hint: `bimservice authorize rotating -r ${at.server.listUrl}`,
    },
  });
  expect(at.server.seen).toHaveLength(1);
  // A new token makes it good, and nothing of the refusal stays.
  await at.run(['token', 'rotating', '--set', '-'], { stdin: at.server.grant.accessToken });
  expect(await at.run(invoke)).toMatchObject({ code: 0 });
  const after = await at.run(['status', 'rotating', '--json']);
  expect(JSON.parse(after.stdout).services[0]).toMatchObject({
    status: 'authorized',
    token: { refused: null },
  });
});

test('one 401 without a refresh token is shown and does not stop the next run, whose success clears it', async () => {
  await using at = await setUp();
  await storeGrant(at.workspace, at.server, DAY, { refreshable: false });
  const { accessToken } = at.server.grant;
  let refuses = true;
  await using resource = await StrictServer.start({
    run: {
      method: 'POST',
      path: '/run',
      handle: () =>
        refuses ? jsonResponse(401, { error: 'invalid_token' }) : jsonResponse(200, { fine: true }),
    },
  });
  const entry = { ...at.server.entry, resourceUrl: `${resource.origin}/run` };
  await writeFile(join(at.workspace.folder, 'list.json'), JSON.stringify([entry]));
  const run = (argv: readonly string[], more = {}) => at.workspace.run([...argv, '-r', 'list.json'], more);
  await run(['token', 'rotating', '--set', '-'], { stdin: accessToken });
  const invoke = ['invoke', 'rotating', 'model.ifc', '--no-receipt'];
  const shown = async () => (await run(['status', 'rotating'])).stdout;
  expect((await run(invoke)).code).toBe(4);
  expect(await shown()).toMatch(/authorized .*the service refused it/);
  refuses = false;
  expect(await run(invoke)).toMatchObject({ code: 0 });
  expect(await shown()).not.toContain('refused');
});

test('a token endpoint that fails (503) marks nothing: the next run tries the refresh again', async () => {
  await using at = await setUp();
  await using broken = await StrictServer.start({
    token: { method: 'POST', path: '/token', handle: () => jsonResponse(503, {}) },
  });
  const { entry } = at.server;
  const oauth = { ...entry.oauth, tokenUrl: `${broken.origin}/token` };
  await writeFile(join(at.workspace.folder, 'list.json'), JSON.stringify([{ ...entry, oauth }]));
  Object.defineProperty(at.server, 'entry', { value: { ...entry, oauth } });
  await storeGrant(at.workspace, at.server, DAY);
  at.server.endAccess();
  const invoke = ['invoke', 'rotating', 'model.ifc', '--no-receipt', '-r', 'list.json'];
  expect((await at.workspace.run(invoke)).code).toBe(4);
  const status = await at.workspace.run(['status', 'rotating', '--json', '-r', 'list.json']);
  expect(JSON.parse(status.stdout).services[0]).toMatchObject({
    status: 'authorized',
    token: { isRefreshed: true },
  });
  const calls = broken.callsTo('token').length;
  expect((await at.workspace.run(invoke)).code).toBe(4);
  expect(broken.callsTo('token').length).toBeGreaterThan(calls);
});
