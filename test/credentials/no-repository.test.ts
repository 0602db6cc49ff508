// A job on a machine without any repository: a service is named by its address, or comes with the exported credentials.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeBundle } from '../../src/protocol/oauth/credential-bundle.js';
import { type RunOverrides, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { jsonResponse } from '../support/json.js';
import { RotatingServer } from '../support/rotating-server.js';
import { header, StrictServer } from '../support/strict-server.js';
import { storeGrant } from './stored.js';

const HOUR = 3_600_000;
const TOKEN = 'the-token-of-a-pipeline';

let workspace: Workspace;
let server: StrictServer;
/** The token that the resource requires; null: none. */
let needed: string | null;

beforeEach(async () => {
  workspace = await Workspace.create();
  needed = null;
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  server = await StrictServer.start({
    run: {
      method: 'POST',
      path: /^\/services\/\w+$/,
      handle: (seen) =>
        needed === null || header(seen, 'authorization') === `Bearer ${needed}`
          ? jsonResponse(200, { fine: true })
          : jsonResponse(401, { error: 'invalid_token' }),
    },
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

const address = () => `${server.origin}/services/seven`;
const invoke = (service: string, more: string[] = [], overrides: RunOverrides = {}) =>
  workspace.run(['invoke', service, 'model.ifc', ...more], overrides);
const sent = () => server.callsTo('run').map((seen) => header(seen, 'authorization'));

test('the built program sends a model to an address, and its files are named after the address', async () => {
  const done = await workspace.spawn([
    'invoke',
    address(),
    'model.ifc',
    '--expect',
    'application/json',
    '--json',
  ]);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  const record = JSON.parse(done.stdout);
  expect(record).toMatchObject({ service: { id: address(), resourceUrl: address() }, outcome: 'done' });
  expect(record.output.path).toMatch(/model\.127\.0\.0\.1-\d+-services-seven\.json$/);
  expect(sent()).toEqual([undefined]);
});

test('--input-type and --expect say what no list says', async () => {
  expect(await invoke(address(), ['--input-type', 'IFC_STEP_4X3'])).toMatchObject({ code: 0 });
  expect(server.callsTo('run').map((seen) => header(seen, 'input-type'))).toEqual(['IFC_STEP_4X3']);
  expect(await invoke(address(), ['--expect', 'BCF'])).toMatchObject({ code: 8 });
});

test('BIMSERVICE_TOKEN goes to an address on the command line, and one line names the host', async () => {
  needed = TOKEN;
  const done = await invoke(address(), [], { env: { BIMSERVICE_TOKEN: TOKEN } });
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(sent()).toEqual([`Bearer ${TOKEN}`]);
  expect(done.stderr).toContain(`BIMSERVICE_TOKEN goes to ${new URL(server.origin).host}`);
});

test('with BIMSERVICE_TOKEN_FOR it goes only there', async () => {
  const env = { BIMSERVICE_TOKEN: TOKEN, BIMSERVICE_TOKEN_FOR: 'https://bim.example.org' };
  const done = await invoke(address(), [], { env });
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(sent()).toEqual([undefined]);
  expect(done.stderr).toContain('BIMSERVICE_TOKEN is not sent to 127.0.0.1');
});

test('a 401 without a token says how to give one', async () => {
  needed = TOKEN;
  const { code, stderr } = await invoke(address());
  expect(code).toBe(4);
  expect(stderr).toContain('did not accept the model without a token (401)');
  expect(stderr).toContain(`bimservice token ${address()} --set -`);
});

test('a token is stored, printed, shown, exported and removed for an address', async () => {
  needed = TOKEN;
  expect(await workspace.run(['token', address(), '--set', '-'], { stdin: TOKEN })).toMatchObject({
    code: 0,
  });
  expect(await workspace.run(['token', address()])).toMatchObject({ code: 0, stdout: `${TOKEN}\n` });
  expect(await invoke(address())).toMatchObject({ code: 0 });
  for (const named of [[address()], []]) {
    const status = await workspace.run(['status', ...named, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      services: [{ id: address(), status: 'authorized', token: { source: 'files', isRefreshed: false } }],
    });
  }
  const { stdout: line } = await workspace.run(['token', address(), '--export']);
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const env = { BIMSERVICE_CREDENTIALS: line.trim() };
  expect(await job.run(['invoke', address(), 'model.ifc'], { env })).toMatchObject({ code: 0 });
  expect(sent()).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
  const out = await workspace.run(['logout', address(), '--json']);
  expect(JSON.parse(out.stdout)).toMatchObject({ removed: { token: true } });
  expect((await workspace.run(['status', address(), '--fail-if-expires-in', '1d'])).code).toBe(4);
});

test.each(['authorize', 'register'])('%s says what it lacks', async (command) => {
  const { code, stderr } = await workspace.run([command, address(), '--no-input']);
  expect(code).toBe(4);
  expect(stderr).toContain(`consent of ${address()} are not known`);
  expect(stderr).toContain('bimservice repository add URL');
  expect(stderr).toContain(`bimservice token ${address()} --set -`);
});

test('plain http to another machine needs --insecure, also in an address that is typed', async () => {
  const { code, stderr } = await invoke('http://bim.example.org/services/7');
  expect(code).toBe(3);
  expect(stderr).toContain('--insecure');
});

test('no list catches an address by a name or an id of the same spelling', async () => {
  const catcher = { name: address(), id: address(), resourceUrl: `${server.origin}/services/catcher` };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([catcher]));
  expect(await invoke(address(), ['-r', 'list.json'])).toMatchObject({ code: 0 });
  expect(server.calls.map(({ path }) => path)).toEqual(['/services/seven']);
});

test('an entry of a list in use is used for its address; list shows that it names no types', async () => {
  const entry = { name: 'Seven', resourceUrl: address() };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  expect((await workspace.run(['list', '-r', 'list.json'])).stdout).toMatch(/^seven +Seven +- +- +open$/m);
  const { stdout } = await invoke(address(), ['-r', 'list.json', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ service: { id: 'seven' } });
});

test('a stored list that fails is a warning for an address, and an error for a list that the command names', async () => {
  await workspace.run(['repository', 'add', `${server.origin}/none.json`, '--no-check']);
  server.takeComplaints();
  const done = await invoke(address());
  server.takeComplaints();
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('none.json') });
  expect(await invoke(address(), ['-r', 'none.json', '--force'])).toMatchObject({ code: 3 });
});

async function exported(endsInMs = HOUR) {
  const rotating = await RotatingServer.start({ expiresIn: 3600 });
  await storeGrant(workspace, rotating, endsInMs);
  const { stdout } = await workspace.run(['token', 'rotating', '--export', '-r', rotating.listUrl]);
  return { rotating, line: stdout.trim() };
}

test('BIMSERVICE_CREDENTIALS and a model are a complete job: the built program, nothing else', async () => {
  const { rotating, line } = await exported(-1000);
  await using _ = rotating;
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const env = { BIMSERVICE_CREDENTIALS: line, CI: 'true' };
  const done = await job.spawn(['invoke', 'rotating', 'model.ifc', '--json'], { env });
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toMatchObject({ service: { id: 'rotating' }, outcome: 'done' });
  expect(rotating.refreshes).toBe(1);
  const status = await job.run(['status', '--json'], { env });
  expect(JSON.parse(status.stdout)).toMatchObject({
    services: [{ id: 'rotating', token: { source: 'bundle' } }],
  });
});

test('with credentials alone no command reads the public list: another service is not found, and list and doctor work', async () => {
  const { rotating, line } = await exported();
  await using _ = rotating;
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const env = { BIMSERVICE_CREDENTIALS: line, CI: 'true' };
  expect(await job.run(['invoke', 'rotatin-g', 'model.ifc'], { env })).toMatchObject({
    code: 3,
    stderr: 'error: There is no service "rotatin-g"\n  Did you mean rotating?\n',
  });
  const list = await job.run(['list', '--json'], { env });
  expect(JSON.parse(list.stdout)).toMatchObject({ services: [{ id: 'rotating', status: 'authorized' }] });
  const doctor = await job.run(['doctor'], { env });
  expect(doctor.stdout).toContain('ok       repository    BIMSERVICE_CREDENTIALS: 1 service\n');
  expect(doctor.stdout).toContain('rotating: from BIMSERVICE_CREDENTIALS, ');
  expect(doctor.stdout).not.toContain('githubusercontent');
});

test('BIMSERVICE_TOKEN is not sent to the service of exported credentials, unless it is bound to it', async () => {
  const { rotating, line } = await exported();
  await using _ = rotating;
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const env = { BIMSERVICE_CREDENTIALS: line, BIMSERVICE_TOKEN: TOKEN };
  await job.run(['invoke', 'rotating', 'model.ifc'], { env });
  const bound = { ...env, BIMSERVICE_TOKEN_FOR: rotating.origin };
  await job.run(['invoke', 'rotating', 'model.ifc'], { env: bound });
  expect(rotating.seen.slice(0, 2)).toEqual([rotating.grant.accessToken, TOKEN]);
  expect(await job.run(['token', rotating.entry.resourceUrl], { env })).toMatchObject({
    stdout: `${rotating.grant.accessToken}\n`,
  });
});

test('a list that the job names comes before the credentials', async () => {
  const { rotating, line } = await exported();
  await using _ = rotating;
  const entry = { name: 'Rotating', resourceUrl: address() };
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  const env = { BIMSERVICE_CREDENTIALS: line };
  expect(await invoke('rotating', ['-r', 'list.json'], { env })).toMatchObject({ code: 0 });
  expect({ seen: rotating.seen, sent: sent() }).toEqual({ seen: [], sent: [undefined] });
});

test.each<[string, object, number, string]>([
  ['another scheme', { resourceUrl: 'file:///etc/passwd' }, 3, 'is not a web address'],
  ['plain http to another machine', { resourceUrl: 'http://bim.example.org/' }, 3, '--insecure'],
  ['a password in an address', { resourceUrl: 'https://a:b@bim.example.org/' }, 3, 'user name or password'],
  ['no address', { resourceUrl: undefined }, 3, 'it has no resourceUrl'],
  ['a name of the wrong type', { name: 7 }, 3, 'BIMSERVICE_CREDENTIALS is not valid'],
  [
    'only a part of the OAuth addresses',
    { resourceUrl: 'https://bim.example.org/', tokenUrl: 'https://bim.example.org/t' },
    3,
    'all three OAuth addresses or none',
  ],
])('hostile credentials: %s', async (_, more, exit, words) => {
  const list = { services: [{ name: 'Check', resourceUrl: address(), ...more }] };
  const line = await writeBundle({ service: 'check', list, records: {} }, null);
  const { code, stderr } = await invoke('check', [], { env: { BIMSERVICE_CREDENTIALS: line } });
  expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringContaining(words) });
});

test.each([
  ['no object', 7],
  [
    'several services',
    {
      services: [
        { name: 'A', resourceUrl: 'https://a.example/' },
        { name: 'B', resourceUrl: 'https://b.example/' },
      ],
    },
  ],
  ['lists to fetch', { active: [{ name: 'A', listUrl: 'https://a.example/list' }] }],
])('hostile credentials: %s', async (_, list) => {
  const line = await writeBundle({ service: 'check', list, records: {} }, null);
  const env = { BIMSERVICE_CREDENTIALS: line };
  expect(await invoke('check', [], { env })).toMatchObject({ code: 3, stdout: '' });
});

test('an id that is no id is replaced by one from the name, and control characters are not printed', async () => {
  const list = { services: [{ name: 'Check', resourceUrl: address() }] };
  const line = await writeBundle({ service: '../\u001b[31mcheck', list, records: {} }, null);
  const env = { BIMSERVICE_CREDENTIALS: line };
  // Without OAuth addresses in the entry, only the address names it.
  const { code, stderr } = await invoke(address(), [], { env });
  expect({ code, clean: !stderr.includes('\u001b[31m') }).toEqual({ code: 0, clean: true });
});
