// Strict and modern OAuth servers: oidc-provider as a foreign server, and strict fakes for what it does not do.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { DeviceServer } from '../support/device-server.js';
import { stepModel } from '../support/fixtures.js';
import { jsonResponse, readJsonObject } from '../support/json.js';
import { OidcService } from '../support/oidc.js';
import { against, fake, packagePeer } from '../support/peer-meta.js';
import { header, type PlannedResponse, type SeenRequest, StrictServer } from '../support/strict-server.js';

const OIDC = packagePeer('oidc-provider');

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
});

afterEach(async () => {
  await workspace[Symbol.asyncDispose]();
});

const stored = async (id: string, repository: string[]) =>
  JSON.parse((await workspace.run(['status', id, '--json', ...repository])).stdout).services[0];

describe('an entry that names only its issuer: RFC 8414, 7591, 7636, 9207, 7009, rotation', () => {
  against(OIDC);

  test('discovery, registration by the standard, PKCE, iss, scope, rotation, revocation: the whole chain', async () => {
    await using service = await OidcService.start({ entry: 'issuer' });
    const repository = ['-r', service.listUrl];
    const id = 'check-behind-openid';

    const listed = JSON.parse((await workspace.run(['list', '--json', ...repository])).stdout);
    expect(listed.services[0]).toMatchObject({
      oauth: null,
      status: 'unregistered',
      discovery: { kind: 'issuer', url: service.origin },
    });

    await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
    expect(await workspace.run(['authorize', id, ...repository], { browser: person })).toMatchObject({
      code: 0,
    });
    const opened = new URL(person.opened[0] ?? '');
    expect(opened.searchParams.get('scope')).toBe('openid check offline_access');
    // The original form is not tried first: the server has published what it is.
    expect(service.events.filter((event) => event.startsWith('registration'))).toEqual([
      'registration_create.success',
    ]);

    const known = JSON.parse((await workspace.run(['list', '--json', ...repository])).stdout);
    expect(known.services[0]).toMatchObject({
      status: 'authorized',
      oauth: { registerUrl: `${service.origin}/reg`, tokenUrl: `${service.origin}/token` },
    });
    expect(await workspace.run(['invoke', id, 'model.ifc', ...repository])).toMatchObject({ code: 0 });

    const first = (await workspace.run(['token', id, ...repository])).stdout;
    const refreshed = await workspace.run(['token', id, '--refresh', ...repository]);
    expect(refreshed).toMatchObject({ code: 0 });
    expect(refreshed.stdout).not.toBe(first);
    // Twice: the second refresh needs the refresh token of the first.
    expect(await workspace.run(['token', id, '--refresh', ...repository])).toMatchObject({ code: 0 });
    expect(await workspace.run(['invoke', id, 'model.ifc', ...repository])).toMatchObject({ code: 0 });

    const out = await workspace.run(['logout', id, '--json', ...repository]);
    expect(JSON.parse(out.stdout)).toMatchObject({ revoked: true, removed: { token: true } });
    expect((await stored(id, repository)).status).toBe('registered');
  });

  test('BIMSERVICE_TOKEN needs no address of the OAuth server', async () => {
    await using service = await OidcService.start({ entry: 'issuer', issuer: 'http://127.0.0.1:9/none' });
    const done = await workspace.run(['invoke', 'check', 'model.ifc', '-r', service.listUrl], {
      env: { BIMSERVICE_TOKEN: 'of-another-time' },
    });
    // The resource itself decides about the token.
    expect(done.code).toBe(4);
    expect(done.stderr).toContain('401');
  });

  test('metadata for another issuer is refused before anything is sent to it', async ({ task }) => {
    task.meta.peer = OIDC;
    await using service = await OidcService.start({ entry: 'issuer' });
    const entry = {
      name: 'Mixed up',
      resourceUrl: `${service.origin}/services/check`,
      issuer: `${service.origin.replace('127.0.0.1', 'localhost')}`,
    };
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
    await using person = new Person({ opens: 0 });
    const refused = await workspace.run(['authorize', 'mixed-up', '-r', 'list.json'], { browser: person });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('speaks for');
    await person.assertDone();
  });

  test('a response without iss, from a server that always sends it, is a mix-up (RFC 9207 2.4)', async ({
    task,
  }) => {
    task.meta.peer = OIDC;
    await using service = await OidcService.start({ entry: 'issuer' });
    const repository = ['-r', service.listUrl];
    await using person = new Person({ behavior: 'ignore' });
    const authorizing = workspace.run(['authorize', 'check', ...repository, '--json'], { browser: person });
    await expect.poll(() => person.opened.length).toBe(1);
    const opened = new URL(person.opened[0] ?? '');
    const callback = new URL(opened.searchParams.get('redirect_uri') ?? '');
    callback.searchParams.set('state', opened.searchParams.get('state') ?? '');
    callback.searchParams.set('code', 'a-code-of-another-login');
    await fetch(callback);
    const refused = await authorizing;
    expect(refused.code).toBe(4);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'access-denied' } });
    expect(service.events).not.toContain('grant.success');
  });
});

describe('device authorization (RFC 8628)', () => {
  against(OIDC);

  test.each(['issuer', 'addresses'] as const)(
    'the person types the code elsewhere (entry with %s)',
    async (entry) => {
      await using service = await OidcService.start({ entry, scope: 'openid check' });
      const repository = ['-r', service.listUrl];
      let said = '';
      const authorizing = workspace.run(['authorize', 'check', '--device', ...repository], {
        onStderr: (text) => {
          said += text;
        },
        env: { CI: 'true' },
      });
      await expect.poll(() => said).toMatch(/type the code/);
      const [, page = '', code = ''] = /(http:\S+)\n\s+(\S+)/.exec(said) ?? [];
      await using person = new Person({ answers: { user_code: code, login: 'ada' }, press: 'allow' });
      await person.open(page);
      expect((await person.visit()).body).toContain('The device may go on');
      const done = await authorizing;
      expect(done).toMatchObject({ code: 0 });
      expect(await workspace.run(['invoke', 'check', 'model.ifc', ...repository])).toMatchObject({ code: 0 });
    },
  );

  test('the person refuses: exit 4', async () => {
    await using service = await OidcService.start({ entry: 'issuer' });
    let said = '';
    const authorizing = workspace.run(['authorize', 'check', '--device', '-r', service.listUrl], {
      onStderr: (text) => {
        said += text;
      },
    });
    await expect.poll(() => said).toMatch(/type the code/);
    const [, page = '', code = ''] = /(http:\S+)\n\s+(\S+)/.exec(said) ?? [];
    await using person = new Person({ answers: { user_code: code, login: 'ada' }, press: 'deny' });
    await person.open(page);
    // The server shows its form again; the double stops after some pages.
    await person.visit().catch(() => {});
    const refused = await authorizing;
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('access_denied');
  });
});

describe('device authorization (RFC 8628): slow_down, expiry, unsafe pages', () => {
  against(fake('RFC 8628 server'));

  test('a server without it is reported, with another way to log in', async () => {
    await using fake = await DeviceServer.start([], { offers: false });
    const refused = await workspace.run(['authorize', 'fake', '--device', '-r', fake.server.origin]);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('--no-browser --paste');
    expect(refused.stderr).not.toContain('Waiting');
  });

  test('--base-url also applies to the address that comes with the token', async () => {
    const inner = 'http://localhost:1';
    await using fake = await DeviceServer.start(['token'], { resourceUrl: `${inner}/run` });
    const oauth = {
      registerUrl: `${inner}/register`,
      authorizationUrl: `${inner}/authorize`,
      tokenUrl: `${inner}/token`,
    };
    const entry = { name: 'Fake', resourceUrl: `${inner}/run`, oauth };
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
    const at = ['-r', 'list.json', '--base-url', fake.server.origin];
    expect(await workspace.run(['authorize', 'fake', '--device', ...at])).toMatchObject({ code: 0 });
    const shown = JSON.parse((await workspace.run(['token', 'fake', '--json', ...at])).stdout);
    expect(shown).toMatchObject({ accessToken: 'device-token', resourceUrl: `${fake.server.origin}/run` });
  });

  test('an expired code: exit 4', async () => {
    await using fake = await DeviceServer.start(['expired_token']);
    const refused = await workspace.run([
      'authorize',
      'fake',
      '--device',
      '--json',
      '-r',
      fake.server.origin,
    ]);
    expect(refused.code).toBe(4);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'consent-timeout' } });
  });

  test('Ctrl-C between two polls: 130 at once', async () => {
    // The first poll is later than the limit of a test.
    await using fake = await DeviceServer.start([], { interval: 250 });
    let press = () => {};
    const interrupt = new Promise<void>((resolve) => {
      press = resolve;
    });
    const onStderr = (text: string) => /type the code/.test(text) && press();
    const argv = ['authorize', 'fake', '--device', '-r', fake.server.origin];
    expect((await workspace.run(argv, { interrupt, onStderr })).code).toBe(130);
    expect(fake.server.callsTo('token')).toEqual([]);
  });

  test.each(['javascript:alert(1)', 'http://evil.example/device', 'file:///etc/passwd'])(
    'B029: a verification_uri that no person should open is not shown: %s',
    async (page) => {
      await using fake = await DeviceServer.start([], { page });
      const refused = await workspace.run(['authorize', 'fake', '--device', '-r', fake.server.origin]);
      expect(refused.code).toBe(3);
      expect(refused.stderr).not.toContain('type the code');
    },
  );
});

describe('token_endpoint_auth_method (RFC 7591, RFC 8414)', () => {
  against(fake('RFC 7591 server'));

  test.each([
    [['client_secret_basic'], 'client_secret_basic'],
    [['client_secret_basic', 'client_secret_post'], 'client_secret_post'],
    [['none'], 'none'],
    [undefined, 'client_secret_post'],
  ])(
    'a server that supports %j gets a client with %s, which authenticates like that',
    async (methods, method) => {
      await using fake = await DeviceServer.start(['token'], methods === undefined ? {} : { methods });
      expect(await workspace.run(['authorize', 'fake', '--device', '-r', fake.server.origin])).toMatchObject({
        code: 0,
      });
      const [registration] = fake.server.callsTo('register');
      expect(readJsonObject(String(registration?.body))).toMatchObject({
        token_endpoint_auth_method: method,
      });
      const [asked] = fake.server.callsTo('token');
      const form = new URLSearchParams(String(asked?.body));
      expect(asked && header(asked, 'content-type')).toBe('application/x-www-form-urlencoded');
      expect(asked && header(asked, 'authorization')).toBe(
        method === 'client_secret_basic' ? `Basic ${btoa('client:s%3Acret')}` : undefined,
      );
      expect(form.get('client_secret')).toBe(method === 'client_secret_post' ? 's:cret' : null);
    },
  );
});

describe('an entry that names only its foundationUrl: versions, addresses, registration, token', () => {
  against(fake('OpenCDE Foundation API'));

  test.each(['', '/bcf', '/foundation/1.1', '/foundation/1.1/auth'])(
    'base address with %j: versions, addresses, registration in the original form, token',
    async (path) => {
      await using cde = await startFoundation();
      const entry = {
        name: 'CDE',
        resourceUrl: `${cde.origin}/check`,
        foundationUrl: `${cde.origin}${path}`,
      };
      await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
      await using person = new Person();
      const done = await workspace.run(['authorize', 'cde', '-r', 'list.json'], { browser: person });
      expect(done).toMatchObject({ code: 0 });
      await person.assertDone();
      expect(await workspace.run(['invoke', 'cde', 'model.ifc', '-r', 'list.json'])).toMatchObject({
        code: 0,
      });
      expect(cde.callsTo('versions')).toHaveLength(path.startsWith('/foundation') ? 0 : 1);
      cde.assertDone();
    },
  );

  test('a server without registration is reported, with what to do', async () => {
    await using cde = await startFoundation({ registers: false });
    const entry = { name: 'CDE', resourceUrl: `${cde.origin}/check`, foundationUrl: cde.origin };
    await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
    const refused = await workspace.run(['authorize', 'cde', '--no-browser', '-r', 'list.json']);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('token cde -r list.json --set -');
    const given = await workspace.run(['token', 'cde', '--set', '-', '-r', 'list.json'], {
      stdin: 'cde-token',
    });
    expect(given).toMatchObject({ code: 0 });
    expect(await workspace.run(['invoke', 'cde', 'model.ifc', '-r', 'list.json'])).toMatchObject({ code: 0 });
  });
});

/** A server with the OpenCDE Foundation API in front of one resource. Its registration has the original form. */
async function startFoundation({ registers = true } = {}): Promise<StrictServer> {
  let redirectUrl = '';
  const authorize = (seen: SeenRequest): PlannedResponse => {
    const back = new URL(redirectUrl);
    if (seen.query.get('redirect_uri') !== redirectUrl) server.complain('another redirect_uri');
    back.searchParams.set('code', 'cde-code');
    back.searchParams.set('state', seen.query.get('state') ?? '');
    return { status: 302, headers: [['Location', back.href]] };
  };
  const server: StrictServer = await StrictServer.start({
    versions: {
      method: 'GET',
      path: /(\/bcf)?\/foundation\/versions/,
      handle: () =>
        jsonResponse(200, {
          versions: [
            { api_id: 'bcf', version_id: '3.0' },
            { api_id: 'foundation', version_id: '1.0' },
            { api_id: 'foundation', version_id: '1.1' },
          ],
        }),
    },
    auth: {
      method: 'GET',
      path: /(\/bcf)?\/foundation\/1\.1\/auth/,
      handle: () =>
        jsonResponse(200, {
          oauth2_auth_url: `${server.origin}/authorize`,
          oauth2_token_url: `${server.origin}/token`,
          ...(registers ? { oauth2_dynamic_client_reg_url: `${server.origin}/register` } : {}),
          http_basic_supported: false,
          supported_oauth2_flows: ['authorization_code_grant'],
        }),
    },
    register: {
      method: 'POST',
      path: '/register',
      handle: (seen) => {
        const body = readJsonObject(String(seen.body));
        if (typeof body?.redirect_url !== 'string')
          return jsonResponse(400, { message: 'redirect_url is missing' });
        redirectUrl = body.redirect_url;
        return jsonResponse(201, { client_id: 'cde-client', client_secret: 'cde-secret' });
      },
    },
    authorize: { method: 'GET', path: '/authorize', handle: authorize },
    token: {
      method: 'POST',
      path: '/token',
      handle: (seen) => {
        const form = new URLSearchParams(String(seen.body));
        const isRight = form.get('code') === 'cde-code' && form.get('client_secret') === 'cde-secret';
        return isRight
          ? jsonResponse(200, { access_token: 'cde-token', token_type: 'bearer', expires_in: '3600' })
          : jsonResponse(400, { error: 'invalid_grant' });
      },
    },
    run: {
      method: 'POST',
      path: '/check',
      handle: (seen) =>
        header(seen, 'authorization') === 'Bearer cde-token'
          ? jsonResponse(200, { checked: seen.body.length })
          : { status: 401, headers: [['WWW-Authenticate', 'Bearer']] },
    },
  });
  return server;
}
