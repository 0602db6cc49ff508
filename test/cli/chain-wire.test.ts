// The exact bytes on the wire at each step: names, order and values, and nothing else.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import type { SeenRequest } from '../support/strict-server.js';

const AGENT = 'bimservice/0.0.0-test';

/** Every header as sent, names in lower case. Headers about the connection are not part of the protocol. */
function fields(seen: SeenRequest | undefined): string[] {
  const raw = seen?.rawHeaders ?? [];
  const all = raw.flatMap((name, index) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : [],
  );
  return all.filter((field) => !field.startsWith('connection: ')).sort();
}

/** A file that lists `entry`, and the options that read it. */
async function listOf(workspace: Workspace, entry: object): Promise<string[]> {
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([entry]));
  return ['-r', 'list.json'];
}

async function authorize(workspace: Workspace, id: string, at: string[]): Promise<string> {
  await using person = new Person();
  const { code, stderr } = await workspace.run(['authorize', id, ...at], { browser: person });
  expect(code, stderr).toBe(0);
  await person.assertDone();
  return stderr;
}

/** The same service in the form of 2017. */
function nested({ authorizationUrl, registerUrl, tokenUrl, ...entry }: FlatService['entry']) {
  return { ...entry, oauth: { authorizationUrl, registerUrl, tokenUrl } };
}

describe('the original form', () => {
  test('registration, authorization, token and model', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const model = stepModel({ schema: 'IFC2X3' });
    await writeFile(join(workspace.folder, 'model.ifc'), model);
    const at = await listOf(workspace, service.entry);
    const { origin } = service.server;
    const host = `host: ${new URL(origin).host}`;
    await authorize(workspace, 'clash', at);
    const { code } = await workspace.run(['invoke', 'clash', 'model.ifc', ...at]);
    expect(code).toBe(0);
    const [register, consent, token, invoke] = service.server.calls;

    const introduced = JSON.parse(register?.body.toString() ?? '{}');
    expect(Object.keys(introduced)).toEqual([
      'type',
      'client_name',
      'client_url',
      'client_description',
      'redirect_url',
    ]);
    expect(introduced).toMatchObject({
      type: 'push',
      client_name: expect.stringMatching(/^bimservice-[0-9a-f]{8}$/),
      redirect_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback\/[0-9a-f]{8}$/),
    });
    expect(fields(register)).toEqual(
      [
        host,
        `user-agent: ${AGENT}`,
        'content-type: application/json',
        'accept: application/json',
        `content-length: ${register?.body.length}`,
      ].sort(),
    );

    const [clientId, client] = [...service.clients][0] ?? [];
    expect([...(consent?.query.keys() ?? [])]).toEqual([
      'auth_type',
      'client_id',
      'response_type',
      'redirect_uri',
      'state',
      'code_challenge',
      'code_challenge_method',
    ]);
    expect(consent?.query.get('redirect_uri')).toBe(introduced.redirect_url);
    const state = JSON.parse(consent?.query.get('state') ?? '{}');
    expect(state).toEqual({
      _serviceName: 'Clash detection',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });

    // B049, B062: no charset, and the secret only in the body.
    expect(fields(token)).toEqual(
      [
        host,
        `user-agent: ${AGENT}`,
        'content-type: application/json',
        'accept: application/json',
        `content-length: ${token?.body.length}`,
      ].sort(),
    );
    const asked = JSON.parse(token?.body.toString() ?? '{}');
    expect(asked).toEqual({
      grant_type: 'authorization_code',
      code: expect.stringMatching(/^[0-9a-f]{40}$/),
      redirect_uri: introduced.redirect_url,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      client_id: clientId,
      client_secret: client?.clientSecret,
    });
    const challenge = createHash('sha256').update(asked.code_verifier).digest('base64url');
    expect(consent?.query.get('code_challenge')).toBe(challenge);

    // B052, B094: Bearer, and the length of the file.
    expect(fields(invoke)).toEqual(
      [
        host,
        `user-agent: ${AGENT}`,
        `authorization: Bearer ${[...service.tokens][0]}`,
        'content-type: application/octet-stream',
        'input-type: IFC_STEP_2x3TC1',
        'output-type: BCF_ZIP_2.0',
        'accept: */*',
        'accept-encoding: identity',
        `content-length: ${model.length}`,
      ].sort(),
    );
    expect(invoke?.body.equals(model)).toBe(true);
    service.assertDone();
  });

  test('--client-name, --client-url, --client-description and --client-icon are sent to the server, and the name is kept', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const at = await listOf(workspace, service.entry);
    const named = [
      '--client-name',
      'Site office 3',
      '--client-url',
      'https://office.example/',
      '--client-description',
      'The checks of site 3',
      '--client-icon',
      'https://office.example/i.png',
    ];
    expect((await workspace.run(['register', 'clash', ...named, ...at])).code).toBe(0);
    expect((await workspace.run(['register', 'clash', '--force', ...at])).code).toBe(0);
    const [first, second] = service.server
      .callsTo('register')
      .map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
    expect(first).toMatchObject({
      client_name: 'Site office 3',
      client_url: 'https://office.example/',
      client_description: 'The checks of site 3',
      client_icon: 'https://office.example/i.png',
    });
    expect(second?.client_name).toBe('Site office 3');
    service.assertDone();
  });

  test('an open service gets no Authorization; --expect and --context-id are sent', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    const { name, inputs, resourceUrl } = service.entry;
    const at = await listOf(workspace, { name, inputs, resourceUrl });
    const argv = ['invoke', 'clash', 'model.ifc', '--expect', 'BCF_ZIP_2_0', '--context-id', 'c-1', ...at];
    expect((await workspace.run(argv)).code).toBe(4);
    const sent = fields(service.server.callsTo('invoke')[0]);
    expect(sent.filter((field) => /^(authorization|token|output-type|context-id):/i.test(field))).toEqual([
      'context-id: c-1',
      'output-type: BCF_ZIP_2_0',
    ]);
    service.assertDone();
  });

  test('BIMSERVICE_TOKEN needs no store, and creates none', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
    const at = await listOf(workspace, service.entry);
    const env = { BIMSERVICE_TOKEN: service.issueToken(), CI: 'true' };
    expect((await workspace.run(['invoke', 'clash', 'model.ifc', ...at], { env })).code).toBe(0);
    await expect(readFile(join(workspace.configDir, 'config.json'))).rejects.toThrow('ENOENT');
    service.assertDone();
  });
});

describe('the encoding of the token request', () => {
  const types = (calls: readonly SeenRequest[]) =>
    calls.map((seen) =>
      fields(seen)
        .find((field) => field.startsWith('content-type: '))
        ?.slice(14),
    );

  test('B049: BIMserver gets only the form, with no charset, all five parameters and the verifier', async () => {
    await using server = await BimServer.start();
    await using workspace = await Workspace.create();
    const at = ['-r', server.listUrl];
    await authorize(workspace, 'ifc', at);
    const [token, ...more] = server.server.callsTo('token');
    expect(more).toEqual([]);
    expect(types(token === undefined ? [] : [token])).toEqual(['application/x-www-form-urlencoded']);
    expect([...new URLSearchParams(token?.body.toString()).keys()]).toEqual([
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'client_id',
      'client_secret',
    ]);
    server.assertDone();
  });

  test('an entry of 2017 at a server that accepts only JSON: the form is refused, JSON works and is remembered', async () => {
    await using service = await FlatService.start();
    await using workspace = await Workspace.create();
    const at = await listOf(workspace, nested(service.entry));
    await authorize(workspace, 'clash', at);
    await authorize(workspace, 'clash', at);
    expect(types(service.server.callsTo('token'))).toEqual([
      'application/x-www-form-urlencoded',
      'application/json',
      'application/json',
    ]);
    service.assertDone();
  });

  test('an entry of 2016 at a BIMserver: JSON is a 405, the form works and is remembered, one registration', async () => {
    await using server = await BimServer.start();
    await using workspace = await Workspace.create();
    const { site, serviceName } = server;
    const at = await listOf(workspace, {
      name: serviceName,
      description: '',
      provider: '',
      inputs: ['IFC_STEP_2X3TC1'],
      outputs: [],
      resourceUrl: `${site}/services`,
      authorizationUrl: `${site}/oauth/authorize`,
      registerUrl: `${site}/oauth/register`,
      tokenUrl: `${site}/oauth/access`,
    });
    await authorize(workspace, 'ifc', at);
    await authorize(workspace, 'ifc', at);
    expect(types(server.server.callsTo('token'))).toEqual([
      'application/json',
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded',
    ]);
    expect(server.clients).toHaveLength(1);
    server.assertDone();
  });
});

describe('the response', () => {
  test('B109: a bare file name, the right bytes, and a receipt that names the model', async () => {
    await using server = await BimServer.start();
    await using workspace = await Workspace.create();
    const model = stepModel({ schema: 'IFC2X3', bytes: 100_000 });
    await writeFile(join(workspace.folder, 'house.ifc'), model);
    const at = ['-r', server.listUrl];
    await authorize(workspace, 'ifc', at);
    const started = Date.now();
    const { code, stdout } = await workspace.run(['invoke', 'ifc', 'house.ifc', ...at]);
    const path = join(workspace.folder, 'validationresults.bcfzip');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${path}\n` });
    const result = await readFile(path);
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const receipt = JSON.parse(await readFile(`${path}.run.json`, 'utf8'));
    expect(receipt).toEqual({
      service: { id: 'ifc-validator', resourceUrl: `${server.site}/services/${SOID}` },
      outcome: 'done',
      input: {
        path: 'house.ifc',
        bytes: 100_000,
        sha256: sha256(model),
        type: 'IFC_STEP_2X3TC1',
        announcedType: 'IFC_STEP_2X3TC1',
        archive: null,
      },
      output: {
        path,
        bytes: result.length,
        sha256: sha256(result),
        contentType: 'application/zip',
        type: 'BCF_ZIP_2_0',
        announcedType: 'BCF_ZIP_2_0',
        title: 'Validation results',
      },
      contextId: null,
      http: { status: 200 },
      flow: 'async',
      warnings: [],
      timing: {
        uploadMs: expect.any(Number),
        waitMs: expect.any(Number),
        downloadMs: expect.any(Number),
      },
      error: null,
      tool: 'bimservice',
      version: '0.0.0-test',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      settings: {
        resourceUrl: `${server.site}/services`,
        contextId: null,
        expect: null,
        fields: null,
        inputType: null,
      },
    });
    expect(Date.parse(receipt.startedAt)).toBeGreaterThanOrEqual(started);
    const [secret] = server.clients;
    for (const hidden of [...server.tokens, secret?.clientSecret ?? '-'])
      expect(JSON.stringify(receipt)).not.toContain(hidden);
    server.assertDone();
  });

  test('B112, B116, B119: the name is safe: filename* first, a foreign alphabet is kept, a folder is ignored', async () => {
    const names: [string, string][] = [
      [`filename="EURO rates"; filename*=utf-8''%e2%82%ac%20rates.bcfzip`, '€ rates.bcfzip'],
      ['attachment; filename="M\u00c3\u00b6bel.bcfzip"', 'Möbel.bcfzip'],
      ['attachment; filename="../../up.bcfzip"', 'up.bcfzip'],
    ];
    for (const [contentDisposition, name] of names) {
      await using service = await FlatService.start({ contentDisposition });
      await using workspace = await Workspace.create();
      await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
      const env = { BIMSERVICE_TOKEN: service.issueToken() };
      const { stdout } = await workspace.run(['invoke', 'clash', 'model.ifc', '-r', service.listUrl], {
        env,
      });
      expect(stdout).toBe(`${join(workspace.folder, name)}\n`);
    }
  });
});
