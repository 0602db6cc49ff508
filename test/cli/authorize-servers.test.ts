// Logins at servers that forget, refuse or differ: the registration, BIMserver, and the issuer of a response (RFC 9207).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Browser } from '../../src/core/ports/login.js';
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OidcService } from '../support/oidc.js';

import { callbackOf, credentials, login } from './login.js';

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
