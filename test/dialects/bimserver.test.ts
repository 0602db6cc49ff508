// BIMserver's dialect (PROTOCOL 1.1 to 1.8) against a strict double: every row of 1.6, the traps of 1.11, and a login by name.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { USER } from '../support/bimserver-json.js';
import { PLUGIN_ID, SOID } from '../support/bimserver-options.js';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { Person } from '../support/browser-double.js';
import type { RunOverrides } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { against, fake } from '../support/peer-meta.js';
import { header } from '../support/strict-server.js';

const ID = 'ifc-validator';

against(fake('BIMserver'));

const at = bimserverWorkspace(ID);
const { run, authorized } = at;

/** With the result in the response, as in the table of 1.6; async-flow.test.ts does the same over the websocket. */
const invoke = async (argv: readonly string[] = [], overrides: RunOverrides = {}) => {
  const done = await run(['invoke', ID, 'model.ifc', '--flow', 'sync', '--json', ...argv], overrides);
  return { ...done, line: JSON.parse(done.stdout) };
};

describe('provider list (1.1)', () => {
  test('a number as id, a relative icon, capabilities', async () => {
    const { stdout } = await run(['list', String(PLUGIN_ID), '--json']);
    expect(JSON.parse(stdout).services).toMatchObject([
      {
        id: ID,
        listId: String(PLUGIN_ID),
        providerIcon: `${at.server.server.origin}/img/bimserver.png`,
        capabilities: ['WEBSOCKET'],
      },
    ]);
  });

  test('an empty list is a valid response', async () => {
    at.server.options = { emptyList: true };
    const { code, stdout, stderr } = await run(['list', '--json']);
    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, services: [], warnings: [] });
    expect(stderr).toBe('');
    expect((await run(['list', '--refresh'])).stderr).toContain('no services');
  });
});

describe('a wrong site address (1.1, trap 8)', () => {
  const chain = async (argv: readonly string[]) => {
    await using person = new Person();
    const authorized = await at.workspace.run(['authorize', ID, ...argv], { browser: person });
    expect(authorized).toMatchObject({ code: 0 });
    await person.assertDone();
    const done = await at.workspace.run(['invoke', ID, 'model.ifc', '--json', ...argv]);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout).service.resourceUrl).toBe(`${at.server.server.origin}/services/${SOID}`);
  };

  test('is reported with the list, with the option to type', async () => {
    at.server.options = { siteAddress: 'http://localhost:1' };
    const { stderr } = await run(['list']);
    expect(stderr).toContain(`--base-url ${at.server.server.origin}`);
  });

  test('--base-url corrects all four addresses, later addresses, and the websocket', async () => {
    at.server.options = { siteAddress: 'http://localhost:1' };
    await chain(['-r', at.server.listUrl, '--base-url', at.server.server.origin]);
    expect(at.server.stream.opened).toBe(1);
  });

  test('it can be stored with the repository', async () => {
    at.server.options = { siteAddress: 'http://localhost:1/never/there' };
    const added = await at.workspace.run([
      'repository',
      'add',
      at.server.listUrl,
      '--base-url',
      at.server.server.origin,
    ]);
    expect(added).toMatchObject({ code: 0 });
    expect((await at.workspace.run(['repository', 'list'])).stdout).toContain(at.server.server.origin);
    const listed = JSON.parse((await at.workspace.run(['list', '--json'])).stdout);
    expect(listed.services[0].resourceUrl).toBe(`${at.server.server.origin}/never/there/services`);
  });

  test('it applies to one list: with several repositories it is a usage error', async () => {
    const { code, stderr } = await run([
      'list',
      '-r',
      at.server.listUrl,
      '--base-url',
      'https://bim.example',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('repository add');
  });
});

describe('errors (1.6)', () => {
  test('without a token nothing is posted', async () => {
    const done = await invoke();
    expect(done.code).toBe(4);
    expect(done.line).toMatchObject({ outcome: 'not-sent', error: { code: 'not-authorized' } });
    expect(at.server.server.callsTo('invoke')).toHaveLength(0);
  });

  test('trap 1: an empty 200 means that the token was refused: authorize again', async () => {
    await authorized({ tokensExpired: true });
    const done = await invoke();
    expect(done.code).toBe(4);
    expect(done.line).toMatchObject({ outcome: 'unknown', error: { code: 'token-refused' } });
    expect(done.line.error.hint).toContain(`bimservice authorize ${ID}`);
    expect(await readdir(at.workspace.folder)).not.toContain('validationresults.bcfzip');
  });

  test.each(['jetty', 'tomcat'] as const)(
    'trap 2: Output-Type ERROR from %s: code and message',
    async (container) => {
      await authorized({ container, botError: { code: 4711, message: 'No walls at all' } });
      const done = await invoke();
      expect(done.code).toBe(6);
      expect(done.line).toMatchObject({
        outcome: 'refused',
        output: null,
        error: { code: 'service-failed' },
      });
      expect(done.line.error.message).toContain('4711: No walls at all');
    },
  );

  test.each([
    [500, 'Only administrators can create new projects', 'AllowUsersToCreateTopLevelProjects'],
    [1, 'No deserializer found', 'ifcplugins'],
    [500, 'Checkin in progress for project tmp-1', 'one after the other'],
    [500, 'No schema detected', 'FILE_SCHEMA'],
    [500, 'Unknown error: No enum constant org.bimserver.bimbots.SchemaName.IFC', '--input-type'],
    [4, 'Render engine process died', 'render engine'],
    [5, 'x', 'settings at the server'],
  ])('a known message is explained: %i %s', async (code, message, explained) => {
    await authorized({ botError: { code, message } });
    const done = await invoke();
    expect(done.code).toBe(6);
    expect(done.line.error.message).toContain(message);
    expect(done.line.error.hint).toContain(explained);
  });

  test('FreeCAD: an object with code and message is an error without an Output-Type as well', async () => {
    const result = Buffer.from('{"code": 500, "message": "Unknown error: null"}');
    await authorized({ result, headers: { 'Output-Type': null, 'Content-Type': 'application/json' } });
    const done = await invoke();
    expect(done.code).toBe(6);
    expect(done.line.error.message).toContain('500: Unknown error: null');
    expect(await readdir(at.workspace.folder)).not.toContain('validationresults.bcfzip');
  });

  test('no Output-Type makes a result of it, but a report may have such members among others', async () => {
    const headers = { 'Output-Type': 'VALIDATION_JSON_1_0', 'Content-Disposition': 'report.json' };
    await authorized({ result: Buffer.from('{"code": 500, "message": "Unknown error"}'), headers });
    expect((await invoke()).code).toBe(6);
    const report = Buffer.from('{"code": 500, "message": "is how many walls there are", "walls": [1, 2]}');
    await authorized({ result: report, headers });
    expect((await invoke()).code).toBe(0);
    expect(await readFile(join(at.workspace.folder, 'report.json'))).toEqual(report);
  });

  test('a Context-Id is sent on request; a server that cannot reuse it is recognized', async () => {
    await authorized({ storesRuns: true });
    const first = await invoke();
    expect(first.code).toBe(0);
    expect(first.line.contextId).toMatch(/^[0-9a-f-]{36}$/);
    const [sent] = at.server.server.callsTo('invoke');
    expect(sent && header(sent, 'context-id')).toBeUndefined();
    const again = await invoke(['--context-id', first.line.contextId, '-o', 'again.bcfzip']);
    expect(again.code).toBe(6);
    expect(again.line.error.hint).toContain('leave --context-id out');
  });
});

describe('the token: expiry, Token field, SHOW_CODE (1.3 to 1.5, 1.9)', () => {
  test('trap 4: a wrong expiry: the server decides', async () => {
    await using person = new Person();
    expect(await run(['authorize', ID], { browser: person })).toMatchObject({ code: 0 });
    await person.assertDone();
    // The response said one hour, but the token is still valid a day later.
    const done = await invoke([], { clockShiftMs: 24 * 3_600_000 });
    expect(done.code).toBe(0);
    expect(at.server.server.callsTo('token')).toHaveLength(1);
  });

  test('1.9: a server that expects the Token header gets it after one refusal, and then at once', async () => {
    await authorized({ wants: 'token-field' });
    expect((await invoke()).code).toBe(0);
    expect(at.server.server.callsTo('invoke')).toHaveLength(2);
    expect((await invoke(['-o', 'second.bcfzip'])).code).toBe(0);
    const calls = at.server.server.callsTo('invoke');
    expect(calls).toHaveLength(3);
    const last = calls.at(-1);
    expect(last && header(last, 'authorization')).toBeUndefined();
    // A dry run shows the header that would be sent.
    const dry = await run(['invoke', ID, 'model.ifc', '--dry-run']);
    expect(dry.stdout).toContain('Token: [secret]');
  });

  test('a token that the server refuses in both headers: exit 4, two requests', async () => {
    await authorized({ wants: 'token-field' });
    at.server.tokens.clear();
    const done = await invoke();
    // The double responds to the second request with an empty 200, like BIMserver.
    expect(done.code).toBe(4);
    expect(at.server.server.callsTo('invoke')).toHaveLength(2);
  });

  test('a model from stdin cannot be sent twice, and is not', async () => {
    await authorized({ wants: 'token-field' });
    const stdin = stepModel({ schema: 'IFC2X3' });
    const done = await run(['invoke', ID, '-', '--flow', 'sync', '--json'], { stdin });
    expect(done.code, done.stderr).toBe(4);
    expect(at.server.server.callsTo('invoke')).toHaveLength(1);
  });

  test('--paste of what the SHOW_CODE page shows: token and service address', async () => {
    const token = at.server.issueToken();
    const stdin = `${token} ${at.server.site}/services/${SOID}\n`;
    expect(await run(['authorize', ID, '--paste'], { stdin })).toMatchObject({ code: 0 });
    expect((await invoke()).code).toBe(0);
    expect(at.server.server.callsTo('token')).toHaveLength(0);
  });
});

describe('headers of a run, as the clients before us have taught servers to expect them (1.5, 1.10)', () => {
  test.each<[string, RegExp | null, string]>([
    ['authorization', /^Bearer [0-9a-f]+$/, 'BIMserver, BimBotJavaClient: one blank, a capital B'],
    ['input-type', /^IFC_STEP_2X3TC1$/, 'all: the exact name of the enum, no quotes'],
    ['output-type', /^BCF_ZIP_2_0$/, 'BIMserver as a client: the type that is wanted'],
    ['accept-flow', /^SYNC$/, 'BimBotClient, the Revit plug-in: no blanks'],
    ['content-length', /^\d+$/, 'all: the length of the file, not chunked'],
    ['origin', null, 'none but browsers: an Origin that is not white-listed is a 403'],
    ['token', null, 'not beside Authorization: only where that is refused'],
    ['context-id', null, 'none by default: BIMserver since 1.5.158 fails on it'],
    ['content-encoding', null, 'none: BIMserver unpacks nothing'],
  ])('%s: %s (%s)', async (name, value, _who) => {
    await authorized({});
    expect((await invoke()).code).toBe(0);
    const [call] = at.server.server.callsTo('invoke');
    const sent = call && header(call, name);
    if (value === null) expect(sent).toBeUndefined();
    else expect(sent).toMatch(value);
  });

  test.each(['SYNC', 'ASYNC_WS,SYNC'])('Accept-Flow %s is what the run supports', async (flow) => {
    await authorized({});
    const asked = flow === 'SYNC' ? ['--flow', 'sync'] : [];
    expect((await run(['invoke', ID, 'model.ifc', ...asked])).code).toBe(0);
    const [call] = at.server.server.callsTo('invoke');
    expect(call && header(call, 'accept-flow')).toBe(flow);
  });
});

describe('login by name, without a browser (1.8)', () => {
  const login = (argv: readonly string[] = [], overrides: RunOverrides = {}) =>
    run(['authorize', ID, '--user', USER.name, ...argv], { stdin: `${USER.password}\n`, ...overrides });

  test('a token without a browser, and a run with it; the password is never shown', async () => {
    const done = await login(['-v'], { env: { CI: 'true' } });
    expect(done).toMatchObject({ code: 0 });
    expect((await run(['invoke', ID, 'model.ifc'])).code).toBe(0);
    expect(at.server.stream.opened).toBe(1);
    const folder = join(at.workspace.configDir, 'credentials');
    const kept = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const text of [...kept, done.stdout, done.stderr]) expect(text).not.toContain(USER.password);
    expect(at.server.server.callsTo('authorize')).toHaveLength(0);
  });

  test('a wrong password: exit 4 in the words of the server, nothing stored', async () => {
    const done = await login(['--json'], { stdin: 'not my password' });
    expect(done.code).toBe(4);
    const { error } = JSON.parse(done.stdout);
    expect(error).toMatchObject({ code: 'access-denied' });
    expect(error.message).toContain('Invalid username/password combination');
    expect(done.stdout + done.stderr).not.toContain('not my password');
    expect(await run(['status', ID])).toMatchObject({ stdout: expect.stringContaining('unregistered') });
  });

  test('no password on stdin: exit 2 at once', async () => {
    expect(await login([], { stdin: '' })).toMatchObject({ code: 2 });
  });

  test('several configurations: they are named, and --configuration selects one', async () => {
    at.server.options = { configurations: ['Strict', 'Lenient'] };
    const asked = await login();
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('Strict');
    expect(asked.stderr).toContain('--configuration');
    expect(await login(['--configuration', 'Unknown'])).toMatchObject({ code: 2 });
    expect(await login(['--configuration', 'Strict'])).toMatchObject({ code: 0 });
  });

  test('none: exit 4, and where to create one', async () => {
    at.server.options = { configurations: [] };
    const done = await login();
    expect(done.code).toBe(4);
    expect(done.stderr).toContain('has no configuration');
  });

  test('a registration that the server has forgotten is made again, once', async () => {
    expect(await login()).toMatchObject({ code: 0 });
    at.server.clients.length = 0;
    expect(await login()).toMatchObject({ code: 0 });
    expect(at.server.server.callsTo('register')).toHaveLength(2);
  });

  test('a service that is not at a BIMserver: exit 2, and no password is requested', async () => {
    await writeFile(
      join(at.workspace.folder, 'open.json'),
      JSON.stringify([
        {
          name: 'Other',
          resourceUrl: `${at.server.site}/other`,
          registerUrl: `${at.server.site}/other/register`,
          authorizationUrl: `${at.server.site}/other/authorize`,
          tokenUrl: `${at.server.site}/other/token`,
        },
      ]),
    );
    const done = await at.workspace.run(['authorize', 'other', '--user', 'ada', '-r', 'open.json'], {
      stdin: 'x',
    });
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('not at a BIMserver');
  });
});

describe('traps of the authorization (1.11)', () => {
  test('trap 6: a page that is closed never calls back: exit 4 at the deadline, and how to continue', async () => {
    at.server.options = { consent: 'refuse' };
    await using person = new Person();
    const done = await run(['authorize', ID, '--wait', '1s'], { browser: person });
    expect(done.code).toBe(4);
    expect(done.stderr).toContain('--wait');
  });

  test('trap 14: neither the code nor the token is printed, not even with --verbose', async () => {
    await using person = new Person();
    const done = await run(['authorize', ID, '-v'], { browser: person });
    expect(done.code).toBe(0);
    const said = done.stdout + done.stderr;
    for (const secret of [...at.server.tokens, ...at.server.authorization.grants.keys()])
      expect(said).not.toContain(secret);
  });
});
