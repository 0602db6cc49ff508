// Logins through the whole program: all kinds of callbacks, and the requests that the server gets.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { rawRequest } from '../support/raw-http.js';
import { ClashLogin } from '../support/session.js';
import { callbackOf, credentials, login } from './login.js';

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
    await using session = new ClashLogin(workspace, service.listUrl, '--no-browser');
    await person.open(await session.consent());
    const { code, stdout } = await session.end();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await person.visit()).body).toContain('Access granted');
    service.assertDone();
  });

  test.each([
    ['', /Open the address above yourself/],
    ['--quiet', /Open this address yourself, on this machine:/],
  ])('where no browser starts the address is printed once, whole (%s)', async (flag, words) => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    let stop = () => {};
    const interrupt = new Promise<void>((resolve) => {
      stop = resolve;
    });
    let shown = '';
    service.server.expectCalls(['list', 'register']);
    const argv = ['authorize', 'clash', '-r', service.listUrl, ...(flag === '' ? [] : [flag])];
    const { code, stderr } = await workspace.run(argv, {
      browser: { open: () => Promise.reject(new Error('there is no browser')) },
      interrupt,
      onStderr(text) {
        shown += text;
        if (/--no-browser --paste/.test(shown)) stop();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(words);
    const found = stderr.split('\n').filter((line) => line.includes('://'));
    expect(found).toHaveLength(1);
    const url = new URL(found[0]?.trim() ?? '');
    expect(found[0]?.length).toBeGreaterThan(160);
    expect([...url.searchParams.keys()]).toEqual(expect.arrayContaining(['redirect_uri', 'state']));
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
    await using session = new ClashLogin(workspace, service.listUrl, '--paste');
    const callback = new URL(await callbackOf(await session.consent()));
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
    await using session = new ClashLogin(workspace, service.listUrl, '--paste');
    await person.open(await session.consent());
    expect((await session.end()).code).toBe(0);
    service.assertDone();
  });
});

describe('Ctrl-C while it waits', () => {
  test('B022, B148: exit 130, the port is free again, and no token and no draft is left', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await using session = new ClashLogin(workspace, service.listUrl, '--no-browser', '--json');
    const redirect = new URL(await session.consent()).searchParams.get('redirect_uri') ?? '';
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
