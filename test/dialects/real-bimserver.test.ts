// A released BIMserver. These tests run when BIMSERVICE_BIMSERVER_JAR and BIMSERVICE_IFCPLUGINS_JAR name its jar and the plug-ins
// that read IFC (org.opensourcebim: bimserverjar 1.5.182 to 1.5.186, ifcplugins 0.0.99 to 0.0.106), and when there is a JDK.
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, RealBimserver } from '../real/bimserver.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { against } from '../support/peer-meta.js';
import { Session } from '../support/session.js';

const { BIMSERVICE_BIMSERVER_JAR: jar, BIMSERVICE_IFCPLUGINS_JAR: ifcplugins } = process.env;
const version = /(\d[\d.]*\d)\.jar$/.exec(jar ?? '')?.[1] ?? '';

if (!jar) console.info('BIMserver: skipped, BIMSERVICE_BIMSERVER_JAR is not set');

describe.skipIf(!jar || !ifcplugins)('login, consent, runs in both flows, failures, its own mistakes', () => {
  against({ name: 'BIMserver', version: `${version}, as released, with two bots of ours` });

  let server: RealBimserver;
  let workspace: Workspace;

  beforeAll(async () => {
    server = await RealBimserver.start({ jar: jar ?? '', ifcplugins: ifcplugins ?? '' });
    workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    await workspace.run(['repository', 'add', server.origin, '--alias', 'real']);
  }, 360_000);

  afterAll(async () => {
    await workspace?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const login = (service: string) =>
    workspace.run(['authorize', service, '--user', ADMIN.username], { stdin: `${ADMIN.password}\n` });

  test('1.8: a login by name, and a run over the websocket with progress', async () => {
    expect(await login('echo')).toMatchObject({ code: 0 });
    const done = await workspace.run(['invoke', 'echo', 'model.ifc', '--json', '-v']);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const { output, contextId } = JSON.parse(done.stdout);
    expect(output).toMatchObject({ title: 'Écho', contentType: 'text/plain' });
    expect(basename(output.path)).toBe('echo.txt');
    expect(await readFile(output.path, 'utf8')).toMatch(/^got \d+ bytes\n$/);
    expect(contextId).toMatch(/^[0-9a-f-]{36}$/);
    expect(done.stderr).toContain('"Output-Type":"Async"');
  });

  test('1.5: the same in a HTTP response, and two runs with one token in sequence', async () => {
    expect(await workspace.run(['invoke', 'echo', 'model.ifc', '--flow', 'sync'])).toMatchObject({ code: 0 });
    const both = [1, 2].map((at) => workspace.run(['invoke', 'echo', 'model.ifc', '-o', `${at}.txt`]));
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
  });

  test('1.3, 1.4: consent through its servlets, the token form, the address that comes with the token', async () => {
    await using session = new Session(workspace, ['authorize', 'second', '--no-browser']);
    await consent(server, await session.waitForText(/http:\S+\/oauth\/authorize\S+/), 'Second bot #2');
    expect(await session.end()).toMatchObject({ code: 0 });
    const second = await workspace.run(['invoke', 'second', 'model.ifc', '-o', 'second.txt']);
    expect(second).toMatchObject({ code: 0 });
    expect(await readFile(join(workspace.folder, 'second.txt'), 'utf8')).toBe('from the second bot\n');
    // All services of a server share one address: each token still selects its own service.
    await workspace.run(['invoke', 'echo', 'model.ifc', '-o', 'first.txt']);
    expect(await readFile(join(workspace.folder, 'first.txt'), 'utf8')).toMatch(/^got /);
  });

  test('1.6: a failing bot, a context that cannot be reused, an invalid token', async () => {
    const model = await readFile(join(workspace.folder, 'model.ifc'), 'utf8');
    await writeFile(join(workspace.folder, 'fail.ifc'), model.replace('DATA;', 'DATA;\n/* PLEASEFAIL */'));
    const failed = await workspace.run(['invoke', 'echo', 'fail.ifc']);
    expect(failed).toMatchObject({ code: 6, stderr: expect.stringContaining('4711: It was asked to fail') });

    const first = JSON.parse(
      (await workspace.run(['invoke', 'echo', 'model.ifc', '--json', '-o', 'c.txt'])).stdout,
    );
    const again = await workspace.run([
      'invoke',
      'echo',
      'model.ifc',
      '--context-id',
      first.contextId,
      '-o',
      'd.txt',
    ]);
    expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('leave --context-id out') });

    const env = { BIMSERVICE_TOKEN: 'no-token-of-this-server' };
    const refused = await workspace.run(['invoke', 'echo', 'model.ifc', '--flow', 'sync', '-o', 'e.txt'], {
      env,
    });
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('BIMSERVICE_TOKEN was refused'),
    });
  });

  test('1.12: IFC4 is sent as a type that it knows, and the receipt has the true one', async () => {
    await writeFile(join(workspace.folder, 'ifc4.ifc'), stepModel({ schema: 'IFC4' }));
    const done = await workspace.run(['invoke', 'echo', 'ifc4.ifc', '--json', '-o', 'ifc4.txt']);
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout).input).toMatchObject({ type: 'IFC_STEP_4', announcedType: 'IFC_STEP' });
    const named = ['--input-type', 'IFC_STEP_4', '-o', 'named.txt'];
    const refused = await workspace.run(['invoke', 'echo', 'ifc4.ifc', ...named]);
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('--input-type IFC_STEP') });
  });

  test('1.12: no end of a token is named, and a refresh is not tried', async () => {
    const status = await workspace.run(['status', 'second', '--fail-if-expires-in', '29d', '--json']);
    expect(status).toMatchObject({ code: 0 });
    expect(JSON.parse(status.stdout).services[0]).toMatchObject({ token: { expiresAt: null } });
    const refresh = await workspace.run(['token', 'second', '--refresh']);
    expect(refresh).toMatchObject({ code: 4, stderr: expect.stringContaining('BIMserver does not do that') });
  });

  test('1.12: an unknown token is refused before the model is sent, and not after ten seconds of silence', async () => {
    for (const token of ['no-token-of-this-server', 'ab'.repeat(64)]) {
      const env = { BIMSERVICE_TOKEN: token };
      const limits = { greetingMs: 600_000 };
      const done = await workspace.run(['invoke', 'echo', 'model.ifc', '--json', '-o', 'f.txt'], {
        env,
        limits,
      });
      expect(done, done.stderr).toMatchObject({ code: 4 });
      expect(JSON.parse(done.stdout)).toMatchObject({
        outcome: 'not-sent',
        error: { code: 'token-refused' },
      });
    }
  });

  test('1.2: a stored registration is confirmed: a second consent leaves no second client', async () => {
    const registered = async () =>
      JSON.parse((await workspace.run(['status', 'second', '--json'])).stdout).services[0].registration;
    const before = await registered();
    await using session = new Session(workspace, ['authorize', 'second', '--no-browser']);
    await consent(server, await session.waitForText(/http:\S+\/oauth\/authorize\S+/), 'Second bot #2');
    expect(await session.end()).toMatchObject({ code: 0 });
    expect(await registered()).toEqual(before);
  });

  test('1.12: a site address with a slash at its end', async () => {
    const token = await server.login();
    const settings = await server.call('SettingsInterface', 'getServerSettings', {}, token);
    const set = (siteAddress: string) => {
      const serverSettings = { ...(settings as object), siteAddress };
      return server.call('SettingsInterface', 'setServerSettings', { serverSettings }, token);
    };
    await set(`${server.origin}/`);
    try {
      const list = ['-r', `${server.origin}/servicelist?slash`];
      const registered = await workspace.run(['register', 'echo', '--force', ...list]);
      expect(registered, registered.stderr).toMatchObject({ code: 0 });
    } finally {
      await set(server.origin);
    }
  });

  test('1.14: a new revision of a project runs, and the result is its extended data', async () => {
    const token = await server.login();
    const inService = (method: string, parameters: object) =>
      server.call('ServiceInterface', method, parameters, token);
    const project = await inService('addProject', { projectName: 'Watched', schema: 'ifc2x3tc1' });
    const { oid: poid } = project as { oid: number };
    const deserializer = await inService('getSuggestedDeserializerForExtension', { extension: 'ifc', poid });
    const deserializerOid = (deserializer as { oid: number }).oid;
    const model = stepModel({ schema: 'IFC2X3' });
    const file = { fileName: 'model.ifc', fileSize: model.length, data: model.toString('base64') };
    const checkIn = () =>
      inService('checkinSync', { poid, comment: '', deserializerOid, merge: false, sync: true, ...file });
    const { roid } = (await checkIn()) as { roid: number };
    const argv = [
      'watch',
      'echo',
      '--bimserver',
      server.origin,
      '--project',
      'Watched',
      '--once',
      '-o',
      'watched',
    ];
    const watch = () => workspace.run([...argv, '--user', ADMIN.username], { stdin: `${ADMIN.password}\n` });
    expect(await watch()).toMatchObject({ code: 0, stdout: expect.stringMatching(/echo\.txt\n$/) });
    const added = await inService('getAllExtendedDataOfRevision', { roid });
    expect((added as { title: string }[]).map(({ title }) => title)).toContain('Écho');
    // The same file once more: the server writes the same bytes, so nothing is run.
    await checkIn();
    expect(await watch()).toMatchObject({ code: 0, stdout: '' });
  });

  test('1.12: a configuration that its user has deleted is a refused token, also with --allow-empty', async () => {
    expect(await login('echo')).toMatchObject({ code: 0 });
    const token = await server.login();
    const found = await server.call(
      'PluginInterface',
      'getAllInternalServicesOfService',
      { name: 'Echo & Count', onlyEnabled: true },
      token,
    );
    for (const { oid } of found as { oid: number }[])
      await server.call('PluginInterface', 'deleteInternalService', { oid }, token);
    for (const [flow, outcome] of [
      ['sync', 'unknown'],
      ['auto', 'not-sent'],
    ] as const) {
      const gone = ['--allow-empty', '--flow', flow, '--json', '-o', 'gone.txt'];
      const done = await workspace.run(['invoke', 'echo', 'model.ifc', ...gone]);
      expect(done, done.stderr).toMatchObject({ code: 4 });
      expect(JSON.parse(done.stdout)).toMatchObject({
        outcome,
        output: null,
        error: { code: 'token-refused' },
      });
    }
  });
});

/** What bimviews does after the consent: it gets a code from the API, and calls back through the real servlet. */
async function consent(server: RealBimserver, address: string, name: string): Promise<void> {
  const sent = await fetch(address, { redirect: 'manual' });
  const { searchParams } = new URL(sent.headers.get('location') ?? '');
  expect(JSON.parse(searchParams.get('state') ?? '')).toMatchObject({ _serviceName: name });
  const token = await server.login();
  const configurations = await server.call(
    'PluginInterface',
    'getAllInternalServicesOfService',
    { name, onlyEnabled: true },
    token,
  );
  const clientId = searchParams.get('client_id');
  const client = await server.call('OAuthInterface', 'getOAuthServerByClientId', { clientId }, token);
  const [{ oid }] = configurations as [{ oid: number }];
  const authorization = { __type: 'SRunServiceAuthorization', serviceId: oid };
  const oAuthServerOid = (client as { oid: number }).oid;
  const code = await server.call('OAuthInterface', 'authorize', { oAuthServerOid, authorization }, token);
  const back = new URLSearchParams([...searchParams, ['token', token], ['code', String(code)]]);
  back.delete('page');
  const received = await fetch(`${server.origin}/oauth/authorize/?${back}`, { redirect: 'follow' });
  expect(received.status).toBe(200);
}
