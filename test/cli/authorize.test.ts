// Logins through the whole program: all kinds of callbacks, and the requests that the server gets.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Browser } from '../../src/core/ports/login.js';
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { cleanEnvironment, PROGRAM, type RunOverrides, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OidcService } from '../support/oidc.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { rawRequest } from '../support/raw-http.js';
import { Session } from '../support/session.js';

const ADDRESS = /^ {2}(http:\S+)$/m;

async function login(
  workspace: Workspace,
  listUrl: string,
  overrides: RunOverrides = {},
  more: string[] = [],
) {
  const [id] = JSON.parse((await workspace.run(['list', '--json', '-r', listUrl])).stdout).services;
  const run = await workspace.run(
    ['authorize', id.id, '--json', '--wait', '5m', '-r', listUrl, ...more],
    overrides,
  );
  const received = JSON.parse(run.stdout);
  return { ...run, error: received.error?.code ?? null, message: String(received.error?.message ?? '') };
}

async function credentials(workspace: Workspace): Promise<string[]> {
  return readdir(join(workspace.configDir, 'credentials')).catch(() => []);
}

/** Where the consent page sends the browser, without going there. */
async function callbackOf(address: string): Promise<string> {
  return (await rawRequest(address)).header('location') ?? '';
}

describe('the person', () => {
  test('B008: a denial ends it at once with 4, the words of the server, and a page that says so', async () => {
    await using service = await FlatService.start({ consent: 'deny' });
    await using workspace = await Workspace.create();
    await using person = new Person();
    service.server.expectCalls(['list', 'register', 'authorize']);
    const { code, error, message } = await login(workspace, service.listUrl, { browser: person });
    expect({ code, error }).toEqual({ code: 4, error: 'access-denied' });
    expect(message).toBe('clash-detection was not authorized (access_denied: The user said no)');
    const page = await person.visit();
    expect(page.status).toBe(400);
    expect(page.body).toContain('<h1><span class="mark" aria-hidden="true">–</span>Access denied</h1>');
    service.assertDone();
  });

  test('--no-browser opens nothing, prints the address, and waits for the callback', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    await using session = new Session(workspace, [
      'authorize',
      'clash',
      '--no-browser',
      '-r',
      service.listUrl,
    ]);
    await person.open(await session.waitForText(ADDRESS));
    const { code, stdout } = await session.end();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await person.visit()).body).toContain('Access granted');
    service.assertDone();
  });

  test('in a CI job it is exit 2 at once: no browser, and no request', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person({ opens: 0 });
    service.server.expectCalls([]);
    const argv = ['authorize', 'clash', '--json', '-r', service.listUrl];
    const { code, stdout } = await workspace.run(argv, { env: { CI: 'true' }, browser: person });
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 2, error: 'input-needed' });
    await person.assertDone();
    service.assertDone();
  });
});

describe('--paste', () => {
  test.each<[string, (callback: URL) => string]>([
    ['the code alone', (callback) => callback.searchParams.get('code') ?? ''],
    ['the whole address', (callback) => callback.href],
  ])('%s', async (_, typed) => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using session = new Session(workspace, ['authorize', 'clash', '--paste', '-r', service.listUrl]);
    const callback = new URL(await callbackOf(await session.waitForText(ADDRESS)));
    session.type(typed(callback));
    session.closeStdin();
    const { code, stderr } = await session.end();
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain(callback.searchParams.get('code'));
    const { stdout } = await workspace.run(['token', 'clash', '-r', service.listUrl]);
    expect([...service.tokens]).toEqual([stdout.trim()]);
    service.assertDone();
  });

  test("the two texts of BIMserver's SHOW_CODE page: no exchange, and the address on the page", async () => {
    await using server = await BimServer.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    server.server.expectCalls(['list', 'register', 'json', 'invoke']);
    const at = ['-r', server.listUrl];
    const shown = `${server.issueToken()}\n${server.site}/services/${SOID}\n`;
    expect((await workspace.run(['authorize', 'ifc', '--paste', ...at], { stdin: shown })).code).toBe(0);
    const { stdout } = await workspace.run(['invoke', 'ifc', 'model.ifc', '--json', ...at]);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'done',
      service: { resourceUrl: `${server.site}/services/${SOID}` },
    });
    server.assertDone();
  });

  test.each([
    ['an address of another login', '?code=abcdef&state=%7B%22nonce%22%3A%22other%22%7D', /another login/],
    ['an address without a response', '?hello=1', /neither a code nor an error/],
    ['a refusal', '?error=access_denied&error_description=No', /access_denied: No/],
  ])('%s is exit 4, and nothing is stored', async (_, query, words) => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    service.server.expectCalls(['list', 'register']);
    const stdin = `http://127.0.0.1:1/callback/x${query}`;
    const { code, message } = await login(workspace, service.listUrl, { stdin }, ['--paste']);
    expect(code).toBe(4);
    expect(message).toMatch(words);
    expect((await credentials(workspace)).filter((name) => name.startsWith('token-'))).toEqual([]);
    service.assertDone();
  });

  test('a callback through the browser ends --paste too, although nothing is typed', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    await using session = new Session(workspace, ['authorize', 'clash', '--paste', '-r', service.listUrl]);
    await person.open(await session.waitForText(ADDRESS));
    expect((await session.end()).code).toBe(0);
    service.assertDone();
  });
});

describe('the registration', () => {
  test('B043: one registration serves all services of a server, also a second login; a token serves one service', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    const other = { ...service.entry, name: 'Other', resourceUrl: `${service.server.origin}/services/other` };
    await writeFile(join(workspace.folder, 'both.json'), JSON.stringify([service.entry, other]));
    service.server.expectCalls([
      'register',
      'authorize',
      'token',
      'authorize',
      'token',
      'authorize',
      'token',
    ]);
    await using person = new Person({ opens: 3 });
    const authorize = (id: string) =>
      workspace.run(['authorize', id, '-r', 'both.json'], { browser: person }).then(({ code }) => code);
    expect(await authorize('clash-detection')).toBe(0);
    const stranger = await workspace.run(['invoke', 'other', 'model.ifc', '-r', 'both.json']);
    expect(stranger).toMatchObject({ code: 4, stdout: '' });
    expect([await authorize('other'), await authorize('clash-detection')]).toEqual([0, 0]);
    await person.assertDone();
    service.assertDone();
  });

  test('B026: another --port is another redirect address, so it registers again, with exactly that address', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person({ opens: 2 });
    await login(workspace, service.listUrl, { browser: person });
    const [first] = [...service.clients.values()];
    const free = new URL(first?.redirectUrl ?? '').port === '28771' ? '28772' : '28771';
    const { code } = await login(workspace, service.listUrl, { browser: person }, ['--port', free]);
    expect(code).toBe(0);
    await person.assertDone();
    const redirects = service.server
      .callsTo('authorize')
      .map(({ query }) => new URL(query.get('redirect_uri') ?? ''));
    expect(redirects.map(({ port }) => port)).toEqual([new URL(first?.redirectUrl ?? '').port, free]);
    expect(redirects[1]?.pathname).toBe(redirects[0]?.pathname);
    expect(service.server.callsTo('register')).toHaveLength(2);
    service.assertDone();
  });

  /** Opens the consent page, and calls back after the server has forgotten the client. */
  function forgetful(service: FlatService, person: Person, times: number): Browser {
    let left = times;
    return {
      async open(url) {
        if (left === 0) return person.open(url);
        left -= 1;
        const callback = await callbackOf(url);
        service.clients.clear();
        await person.open(callback);
      },
    };
  }

  test('B035: a server that has forgotten the client gets one new registration, with a message, and the login succeeds', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await workspace.run(['register', 'clash', '-r', service.listUrl]);
    await using person = new Person({ opens: 2 });
    const browser = forgetful(service, person, 1);
    const { code, stderr } = await login(workspace, service.listUrl, { browser });
    expect(code).toBe(0);
    expect(stderr).toContain('no longer knows this installation');
    await person.assertDone();
    expect(service.server.callsTo('register')).toHaveLength(2);
    expect(service.server.takeComplaints()).toEqual([
      'token request with the wrong client_id or client_secret',
    ]);
  });

  test('B035: a server that always forgets the client gets only one more registration', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await workspace.run(['register', 'clash', '-r', service.listUrl]);
    await using person = new Person({ opens: 2 });
    const browser = forgetful(service, person, 5);
    const { code, error } = await login(workspace, service.listUrl, { browser });
    expect({ code, error }).toEqual({ code: 4, error: 'token-refused' });
    expect(service.server.callsTo('register')).toHaveLength(2);
    await person.assertDone();
    service.server.takeComplaints();
  });

  test('B035: if the page only says "unknown client", the deadline ends it and the next login registers again', async () => {
    await using service = await OidcService.start();
    await using workspace = await Workspace.create();
    const at = ['-r', service.listUrl];
    await workspace.run(['register', 'check', ...at]);
    const folder = join(workspace.configDir, 'credentials');
    const [file = ''] = await readdir(folder);
    const record = JSON.parse(await readFile(join(folder, file), 'utf8'));
    await writeFile(join(folder, file), JSON.stringify({ ...record, clientId: 'forgotten' }));
    await using lost = new Person();
    const first = await workspace.run(['authorize', 'check', '--wait', '1s', ...at], { browser: lost });
    expect((await lost.visit()).body).toContain('invalid_client');
    expect(first.code).toBe(4);
    expect(first.stderr).toContain('the next try registers again');
    await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
    expect((await workspace.run(['authorize', 'check', ...at], { browser: person })).code).toBe(0);
    await person.visit();
  });

  test('B032: BIMserver issues an expired registration: one registration for each run, used with a warning', async () => {
    await using server = await BimServer.start({ expiresInMs: -86_400_000 });
    await using workspace = await Workspace.create();
    server.server.expectCalls(['list', 'register', ...BimServer.consentCalls, 'token']);
    await using person = new Person();
    const { code, stderr } = await login(workspace, server.listUrl, { browser: person });
    expect(code).toBe(0);
    expect(stderr).toContain('the new registration has already ended');
    await person.assertDone();
    server.assertDone();
  });

  test('B041: an empty 200 is exit 6, no browser is opened, and nothing is stored', async () => {
    await using server = await BimServer.start({ registerEmpty: true });
    await using workspace = await Workspace.create();
    await using person = new Person({ opens: 0 });
    const { code, error, message } = await login(workspace, server.listUrl, { browser: person });
    expect({ code, error }).toEqual({ code: 6, error: 'service-nonsense' });
    expect(message).toContain('registration response was empty');
    expect(await credentials(workspace)).toEqual([]);
    await person.assertDone();
    server.server.takeComplaints();
  });

  test('B038: a public client has no secret, and none is sent', async () => {
    await using service = await FlatService.start({ publicClients: true });
    await using workspace = await Workspace.create();
    await using person = new Person();
    expect((await login(workspace, service.listUrl, { browser: person })).code).toBe(0);
    const [token] = service.server.callsTo('token');
    expect(Object.keys(JSON.parse(token?.body.toString() ?? '{}'))).not.toContain('client_secret');
    service.assertDone();
  });
});

describe('BIMserver', () => {
  test('delivers state twice: it is still our state', async () => {
    await using server = await BimServer.start({ stateTwice: true });
    await using workspace = await Workspace.create();
    await using person = new Person();
    expect((await login(workspace, server.listUrl, { browser: person })).code).toBe(0);
    server.assertDone();
  });

  test.each(['empty', 'absent'] as const)(
    'B020: resource_url that is %s: the models go to serviceaddress with the soid',
    async (resourceUrl) => {
      await using server = await BimServer.start({ resourceUrl });
      await using workspace = await Workspace.create();
      await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
      await using person = new Person();
      expect((await login(workspace, server.listUrl, { browser: person })).code).toBe(0);
      expect((await workspace.run(['invoke', 'ifc', 'model.ifc', '-r', server.listUrl])).code).toBe(0);
      expect(server.server.callsTo('invoke')[0]?.target).toBe(`/services/${SOID}`);
      server.assertDone();
    },
  );

  test('B047: a wrong code is an empty 200: exit 4, the page says so, and the older token stays', async () => {
    await using server = await BimServer.start({ unknownCode: true });
    await using workspace = await Workspace.create();
    const at = ['-r', server.listUrl];
    await workspace.run(['token', 'ifc', '--set', '-', ...at], { stdin: 'older-token' });
    await using person = new Person();
    const { code, message } = await login(workspace, server.listUrl, { browser: person });
    expect(code).toBe(4);
    expect(message).toContain('token response was empty (code refused?)');
    expect((await person.visit()).body).toContain('Not authorized');
    expect((await workspace.run(['token', 'ifc', ...at])).stdout).toBe('older-token\n');
    server.server.takeComplaints();
  });

  test('a refusal there never calls back: the deadline ends it with 4', async () => {
    await using server = await BimServer.start({ consent: 'refuse' });
    await using workspace = await Workspace.create();
    await using person = new Person();
    const { code, error } = await login(workspace, server.listUrl, { browser: person }, ['--wait', '1s']);
    expect({ code, error }).toEqual({ code: 4, error: 'consent-timeout' });
    server.assertDone();
  });
});

describe('RFC 9207', () => {
  /** A browser whose callback has this `iss`. */
  const from = (issuer: string, person: Person): Browser => ({
    async open(url) {
      const callback = new URL(await callbackOf(url));
      callback.searchParams.set('iss', issuer);
      await person.open(callback.href);
    },
  });

  test('B064: a response that names another issuer is refused with 4, and its code is not sent', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    service.server.expectCalls(['list', 'register', 'authorize']);
    const browser = from('https://honest.example', person);
    const { code, error, message } = await login(workspace, service.listUrl, { browser });
    expect({ code, error }).toEqual({ code: 4, error: 'access-denied' });
    expect(message).toContain('honest.example');
    expect((await person.visit()).status).toBe(400);
    service.assertDone();
  });

  test('B064: a response that names the right issuer is accepted', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using person = new Person();
    const browser = from(`${service.server.origin}/realm`, person);
    expect((await login(workspace, service.listUrl, { browser })).code).toBe(0);
    service.assertDone();
  });
});

describe('Ctrl-C while it waits', () => {
  test('B022, B148: exit 130, the port is free again, and no token and no draft is left', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const argv = ['authorize', 'clash', '--no-browser', '--json', '-r', service.listUrl];
    await using session = new Session(workspace, argv);
    const redirect = new URL(await session.waitForText(ADDRESS)).searchParams.get('redirect_uri') ?? '';
    session.interrupt();
    const { code, stdout } = await session.end();
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 130, error: 'interrupted' });
    await expect(rawRequest(redirect)).rejects.toThrow('ECONNREFUSED');
    expect(await credentials(workspace)).toEqual([expect.stringMatching(/^registration-[0-9a-f]+\.json$/)]);
    service.assertDone();
  });

  test.skipIf(NO_TERMINAL !== null)(
    'B022: at a terminal that asks for the code: exit 130, and the terminal is not left in raw mode',
    async () => {
      await using service = await FlatService.start();
      await using workspace = await Workspace.create();
      await writeFile(
        join(workspace.folder, 'at-terminal.sh'),
        [
          'exec 3<&0',
          `"${process.execPath}" "${PROGRAM}" authorize clash --paste -r ${service.listUrl} <&3 &`,
          // It is in raw mode as soon as it asks, however slow the machine is.
          'until stty -a <&3 | grep -q -- -icanon || ! kill -0 $!; do sleep 0.1; done',
          'stty -a <&3 | grep -o -- "-*icanon" | sed "s/^/while: /"',
          'kill -INT $!; wait $!; echo "code: $?"',
          'stty -a <&3 | grep -oE -- "-?(icanon|echo|isig)\\b" | tr "\\n" " " | sed "s/^/after: /"',
        ].join('\n'),
      );
      const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir, TERM: 'xterm' };
      const { stdout } = await atTerminal('sh ./at-terminal.sh', { cwd: workspace.folder, env });
      expect(stdout).toContain('Paste the code');
      expect(stdout, 'it was in raw mode while it asked').toContain('while: -icanon');
      expect(stdout).toContain('code: 130');
      expect(/after: (.*)/.exec(stdout)?.[1]?.trim().split(' ').sort()).toEqual(['echo', 'icanon', 'isig']);
    },
  );
});
