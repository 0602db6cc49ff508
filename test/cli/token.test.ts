// `token`: its output for scripts, its input, and the possible responses of a token endpoint.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { OidcService } from '../support/oidc.js';
import { header, type PlannedResponse, StrictServer } from '../support/strict-server.js';

const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** A server whose token endpoint sends `response`. */
async function tokenServer(response: PlannedResponse) {
  const server = await StrictServer.start({
    list: {
      method: 'GET',
      path: '/list.json',
      handle: () => ({ status: 200, headers: [JSON_TYPE], body: JSON.stringify([entry]) }),
    },
    register: {
      method: 'POST',
      path: '/register',
      handle: () => ({ status: 200, headers: [JSON_TYPE], body: '{"client_id":"c-1234"}' }),
    },
    token: { method: 'POST', path: '/token', handle: () => response },
  });
  const { origin } = server;
  const entry = {
    name: 'Check',
    resourceUrl: `${origin}/run`,
    registerUrl: `${origin}/register`,
    authorizationUrl: `${origin}/authorize`,
    tokenUrl: `${origin}/token`,
  };
  return server;
}

describe('a token response', () => {
  test.each<[string, PlannedResponse, number, string, RegExp]>([
    [
      'without a token',
      { status: 200, headers: [JSON_TYPE], body: '{"token":"SECRET"}' },
      6,
      'service-nonsense',
      /JSON without access_token/,
    ],
    [
      'in HTML with 200 (B053)',
      { status: 200, headers: [['Content-Type', 'text/html']], body: '<!DOCTYPE html>SECRET' },
      6,
      'service-nonsense',
      /status 200, text\/html/,
    ],
    [
      'that is half a form (B055)',
      { status: 200, headers: [['Content-Type', 'text/plain']], body: 'access_token=SECRET...&oops' },
      6,
      'service-nonsense',
      /text\/plain, 27 bytes/,
    ],
    [
      'with a token of another type (B050)',
      { status: 200, headers: [JSON_TYPE], body: '{"access_token":"SECRET","token_type":"mac"}' },
      6,
      'service-nonsense',
      /only Bearer tokens/,
    ],
    [
      'that is a redirect to a login page (B061)',
      { status: 302, headers: [['Location', '/login?x=SECRET']] },
      6,
      'unexpected-redirect',
      /redirected the token request to 127\.0\.0\.1/,
    ],
    [
      'with invalid_grant',
      { status: 400, headers: [JSON_TYPE], body: '{"error":"invalid_grant"}' },
      4,
      'token-refused',
      /invalid_grant/,
    ],
  ])('%s: one line, without its content, and nothing is stored', async (_, response, exit, code, words) => {
    await using server = await tokenServer(response);
    await using workspace = await Workspace.create();
    const at = ['-r', `${server.origin}/list.json`];
    server.expectCalls(['list', 'register', 'token']);
    expect((await workspace.run(['register', 'check', ...at])).code).toBe(0);
    const run = await workspace.run(['token', 'check', '--code', '-', '--json', '-v', ...at], {
      stdin: 'the-code-1234',
    });
    const { error } = JSON.parse(run.stdout);
    expect({ exit: run.code, code: error.code, phase: error.phase }).toEqual({ exit, code, phase: 'token' });
    expect(error.message).toMatch(words);
    expect(`${run.stdout}${run.stderr}`).not.toMatch(/SECRET|the-code-1234/);
    const stored = await readdir(join(workspace.configDir, 'credentials'));
    expect(stored.filter((name) => name.startsWith('token-'))).toEqual([]);
    server.assertDone();
  });

  test.each<[string, PlannedResponse, object]>([
    [
      'as a form (B046)',
      {
        status: 200,
        headers: [['Content-Type', 'text/plain']],
        body: 'access_token=abc&scope=&token_type=bearer',
      },
      { accessToken: 'abc', expiresAt: null },
    ],
    [
      'with its type in lower case and its lifetime as text (B044, B052)',
      {
        status: 200,
        headers: [JSON_TYPE],
        body: '{"access_token":"abc","token_type":"bearer","expires_in":"never"}',
      },
      { accessToken: 'abc', expiresAt: null },
    ],
    [
      'twice (B056)',
      { status: 200, headers: [JSON_TYPE], body: '{"access_token":"a","access_token":"b"}' },
      { accessToken: 'b' },
    ],
  ])('%s is accepted', async (_, response, expected) => {
    await using server = await tokenServer(response);
    await using workspace = await Workspace.create();
    const at = ['-r', `${server.origin}/list.json`];
    await workspace.run(['register', 'check', ...at]);
    const { stdout } = await workspace.run(['token', 'check', '--code', '-', '--json', ...at], {
      stdin: 'code',
    });
    expect(JSON.parse(stdout)).toMatchObject(expected);
    const [asked] = server.callsTo('token');
    expect(asked && header(asked, 'accept')).toBe('application/json');
    expect(Object.keys(JSON.parse(asked?.body.toString() ?? '{}'))).toEqual([
      'grant_type',
      'code',
      'redirect_uri',
      'client_id',
    ]);
    server.assertDone();
  });
});

describe('for scripts', () => {
  test('stdout is only the token, the set token is printed unchanged, and no request is sent', async () => {
    await using server = await tokenServer({ status: 500 });
    await using workspace = await Workspace.create();
    const at = ['-r', `${server.origin}/list.json`];
    server.expectCalls(['list']);
    const set = await workspace.run(['token', 'check', '--set', '-', ...at], {
      stdin: '  a.token-of_mine~+/==\n',
    });
    expect(set).toMatchObject({ code: 0, stdout: '' });
    expect(await workspace.run(['token', 'check', ...at])).toEqual({
      code: 0,
      stdout: 'a.token-of_mine~+/==\n',
      stderr: '',
    });
    server.assertDone();
  });

  test.each([
    ['nothing', '', 'input-needed'],
    ['two words', 'two words', 'usage'],
    ['a control character', 'a\u0007b', 'usage'],
  ])('--set with %s is exit 2, and the stored token stays', async (_, stdin, code) => {
    await using server = await tokenServer({ status: 500 });
    await using workspace = await Workspace.create();
    const at = ['-r', `${server.origin}/list.json`];
    await workspace.run(['token', 'check', '--set', '-', ...at], { stdin: 'older' });
    const run = await workspace.run(['token', 'check', '--set', '-', '--json', ...at], { stdin });
    expect({ exit: run.code, code: JSON.parse(run.stdout).error.code }).toEqual({ exit: 2, code });
    expect((await workspace.run(['token', 'check', ...at])).stdout).toBe('older\n');
  });

  test('--code accepts what SHOW_CODE shows: the code is the token, and the address is stored with it', async () => {
    await using server = await BimServer.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    const at = ['-r', server.listUrl];
    server.server.expectCalls(['list', 'json', 'invoke']);
    const stdin = `${server.issueToken()} ${server.site}/services/${SOID}`;
    expect((await workspace.run(['token', 'ifc', '--code', '-', ...at], { stdin })).code).toBe(0);
    expect((await workspace.run(['invoke', 'ifc', 'model.ifc', ...at])).code).toBe(0);
    expect(server.server.callsTo('invoke')[0]?.target).toBe(`/services/${SOID}`);
    server.assertDone();
  });

  test.each([
    ['token', 'check'],
    ['token', 'check', '--refresh'],
    ['invoke', 'check', 'model.ifc'],
  ])('%s %s %s without an authorization is exit 4 and says what to type', async (...argv) => {
    await using server = await tokenServer({ status: 500 });
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    const words = argv.filter((word) => word !== undefined);
    const { code, stderr, stdout } = await workspace.run([...words, '-r', `${server.origin}/list.json`]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('bimservice authorize check');
  });

  test('--code without a registration is exit 4 and names the missing step', async () => {
    await using server = await tokenServer({ status: 500 });
    await using workspace = await Workspace.create();
    server.expectCalls(['list']);
    const argv = ['token', 'check', '--code', '-', '-r', `${server.origin}/list.json`];
    const { code, stderr } = await workspace.run(argv, { stdin: 'code' });
    expect(code).toBe(4);
    expect(stderr).toContain('bimservice register check');
    server.assertDone();
  });
});

describe('a token that has ended', () => {
  async function authorized() {
    const service = await OidcService.start();
    const workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
    const at = ['-r', service.listUrl];
    await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
    await workspace.run(['authorize', 'check', ...at], { browser: person });
    await person.visit();
    return {
      service,
      workspace,
      at,
      async [Symbol.asyncDispose]() {
        await workspace[Symbol.asyncDispose]();
        await service[Symbol.asyncDispose]();
      },
    };
  }

  test('is exit 4 before a byte is sent, with its end and what to type', async () => {
    await using setting = await authorized();
    const { workspace, at, service } = setting;
    const argv = ['invoke', 'check', 'model.ifc', '--json', ...at];
    const { code, stdout } = await workspace.run(argv, { clockShiftMs: 3_600_000 });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'not-sent',
      error: {
        code: 'token-expired',
        phase: 'preflight',
        service: 'check-behind-openid',
        hint: expect.stringMatching(/^bimservice authorize check-behind-openid -r \S+$/),
      },
    });
    expect(service.checked).toEqual([]);
  });

  test('is exit 4 for `token` too, and `list` calls it expired', async () => {
    await using setting = await authorized();
    const { workspace, at } = setting;
    const late = { clockShiftMs: 3_600_000 };
    expect(await workspace.run(['token', 'check', ...at], late)).toMatchObject({ code: 4, stdout: '' });
    const { services } = JSON.parse((await workspace.run(['list', '--json', ...at], late)).stdout);
    expect(services[0].status).toBe('expired');
  });
});
