// Where BIMSERVICE_TOKEN goes: to the service that it is for, and to no other that a list names (real servers).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentTokenFor } from '../../src/core/authorization/environment-token.js';
import { Secret } from '../../src/secret.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { jsonResponse } from '../support/json.js';
import { header, StrictServer } from '../support/strict-server.js';

const TOKEN = 'the-token-of-a-pipeline';

let workspace: Workspace;
let server: StrictServer;
/** What the resource responds. */
let status = 200;

beforeEach(async () => {
  workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  status = 200;
  server = await StrictServer.start({
    list: { method: 'GET', path: '/list.json', handle: () => jsonResponse(200, [entry()]) },
    run: {
      method: 'POST',
      path: /\/services\/\d+/,
      handle: () => jsonResponse(status, { status }),
    },
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

function entry(more: object = {}) {
  const at = server.origin;
  const oauth = { registerUrl: `${at}/r`, authorizationUrl: `${at}/a`, tokenUrl: `${at}/t` };
  return { name: 'Check', resourceUrl: `${at}/services/7`, oauth, ...more };
}

const invoke = (env: Record<string, string>, list = `${server.origin}/list.json`) =>
  workspace.run(['invoke', 'check', 'model.ifc', '--no-receipt', '-r', list], {
    env: { BIMSERVICE_TOKEN: TOKEN, ...env },
  });

const sent = () => server.callsTo('run').map((seen) => header(seen, 'authorization'));

test('an open service gets no token', async () => {
  await writeFile(join(workspace.folder, 'open.json'), JSON.stringify([entry({ oauth: undefined })]));
  expect(await invoke({}, 'open.json')).toMatchObject({ code: 0 });
  expect(sent()).toEqual([undefined]);
});

test('without a binding it is sent to services of named lists, and one line names the host', async () => {
  const done = await invoke({});
  expect(done).toMatchObject({ code: 0 });
  expect(sent()).toEqual([`Bearer ${TOKEN}`]);
  expect(done.stderr).toContain(`BIMSERVICE_TOKEN goes to ${new URL(server.origin).host}`);
});

test.each([
  ['the origin', ''],
  ['the resource', '/services/7'],
  ['the resource with a slash', '/services/7/'],
])('BIMSERVICE_TOKEN_FOR with %s: it goes there', async (_, path) => {
  const done = await invoke({ BIMSERVICE_TOKEN_FOR: `${server.origin}${path}` });
  expect(done).toMatchObject({ code: 0 });
  expect(sent()).toEqual([`Bearer ${TOKEN}`]);
  expect(done.stderr).not.toContain('BIMSERVICE_TOKEN goes to');
});

test.each([
  ['another host', 'https://bim.example.org'],
  ['another port', 'http://127.0.0.1:9'],
  ['another service of the same host', 'SERVER/services/8'],
  ['a beginning of its path', 'SERVER/services/70'],
])('BIMSERVICE_TOKEN_FOR with %s: nothing is sent, exit 4', async (_, address) => {
  const done = await invoke({ BIMSERVICE_TOKEN_FOR: address.replace('SERVER', server.origin) });
  expect(done.code).toBe(4);
  expect(done.stderr).toContain('BIMSERVICE_TOKEN is not sent to');
  expect(done.stderr).toContain('BIMSERVICE_TOKEN_FOR');
  expect(sent()).toEqual([]);
});

test('a list that another list names is not one that the operator named', async () => {
  await using public_ = await StrictServer.start({
    list: {
      method: 'GET',
      path: '/all.json',
      handle: () =>
        jsonResponse(200, {
          active: [{ name: 'X', description: '', listUrl: `${server.origin}/list.json` }],
        }),
    },
  });
  const done = await invoke({}, `${public_.origin}/all.json`);
  expect(done.code).toBe(4);
  expect(done.stderr).toContain('its list was not named by you');
  expect(sent()).toEqual([]);
  const bound = await invoke({ BIMSERVICE_TOKEN_FOR: server.origin }, `${public_.origin}/all.json`);
  expect(bound).toMatchObject({ code: 0 });
});

test('the public list is not one that the operator named', () => {
  const service = {
    id: 'x',
    oauth: null,
    form: 'open',
    discovery: { kind: 'issuer', url: 'https://x' },
  } as const;
  const target = { ...service, resourceUrl: 'https://x/run', isNamed: false };
  expect(environmentTokenFor(target, { token: new Secret(TOKEN), boundTo: null }).kind).toBe('unused');
});

test('when it is for another service, a stored token is used', async () => {
  await workspace.run(['token', 'check', '--set', '-', '-r', `${server.origin}/list.json`], {
    stdin: 'the-stored-token',
  });
  expect(await invoke({ BIMSERVICE_TOKEN_FOR: 'https://bim.example.org' })).toMatchObject({ code: 0 });
  expect(sent()).toEqual(['Bearer the-stored-token']);
});

test.each([401, 403])('a %i with it: replace that secret, and no word of another consent', async (code) => {
  status = code;
  const done = await invoke({});
  expect(done.code).toBe(4);
  expect(done.stderr).toContain('the token in BIMSERVICE_TOKEN was refused');
  expect(done.stderr).toContain('Replace that secret');
  expect(done.stderr).not.toMatch(/authorize again|bimservice authorize/i);
  expect(done.stderr).not.toContain(TOKEN);
});

test('BIMSERVICE_TOKEN_FOR that is no address is a usage error', async () => {
  const done = await invoke({ BIMSERVICE_TOKEN_FOR: 'bim.example.org' });
  expect(done.code).toBe(2);
  expect(done.stderr).toContain('BIMSERVICE_TOKEN_FOR');
  expect(sent()).toEqual([]);
});
