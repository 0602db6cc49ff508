// The whole chain against foreign servers: both dialects in use, and a strict OAuth server.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import errorOutput from '../../schemas/error-output.schema.json' with { type: 'json' };
import findings from '../../schemas/findings.schema.json' with { type: 'json' };
import invokeOutput from '../../schemas/invoke-output.schema.json' with { type: 'json' };
import listOutput from '../../schemas/list-output.schema.json' with { type: 'json' };
import receiptSchema from '../../schemas/receipt.schema.json' with { type: 'json' };
import statusOutput from '../../schemas/status-output.schema.json' with { type: 'json' };
import { BimServer } from '../support/bimserver.js';
import { SOID } from '../support/bimserver-options.js';
import { Person } from '../support/browser-double.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { OidcService } from '../support/oidc.js';
import { header } from '../support/strict-server.js';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

async function workspaceWithModel(
  schema: string,
): Promise<{ workspace: Workspace; model: Buffer; [Symbol.asyncDispose](): Promise<void> }> {
  const workspace = await Workspace.create();
  const model = Buffer.from(stepModel({ schema }));
  await writeFile(join(workspace.folder, 'model.ifc'), model);
  return { workspace, model, [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose]() };
}

test('the original form: list, authorize, token, invoke, each once and exact', async () => {
  await using service = await FlatService.start();
  await using setting = await workspaceWithModel('IFC2X3');
  const { workspace, model } = setting;
  const repository = ['-r', service.listUrl];
  const id = 'clash-detection';
  service.server.expectCalls(['list', 'register', 'authorize', 'token', 'invoke']);

  const listed = await workspace.run(['list', '--json', ...repository]);
  expect(listed.stderr).toBe('');
  const list: unknown = JSON.parse(listed.stdout);
  const published = new Ajv2020({
    allowUnionTypes: true,
    schemas: [errorOutput, findings, invokeOutput, receiptSchema, statusOutput],
  });
  expect(published.validate(listOutput, list)).toBe(true);
  expect(list).toMatchObject({ services: [{ id, status: 'unregistered' }], warnings: [] });

  await using person = new Person();
  const authorized = await workspace.run(['authorize', id, '--json', ...repository], { browser: person });
  expect(authorized).toMatchObject({ code: 0 });
  expect(JSON.parse(authorized.stdout)).toEqual({
    service: id,
    status: 'authorized',
    expires: null,
    expiresAt: null,
  });
  expect(await person.visit()).toMatchObject({ status: 200 });
  await person.assertDone();

  const token = await workspace.run(['token', id, ...repository]);
  expect(token.code).toBe(0);
  expect(service.tokens).toContain(token.stdout.trim());

  const invoked = await workspace.run(['invoke', id, 'model.ifc', '--json', ...repository]);
  expect(invoked).toMatchObject({ code: 0 });
  const line = JSON.parse(invoked.stdout);
  const result = await readFile(join(workspace.folder, 'clashes.bcfzip'));
  expect(line).toMatchObject({
    service: { id, resourceUrl: service.entry.resourceUrl },
    outcome: 'done',
    input: { path: 'model.ifc', bytes: model.length, sha256: sha256(model), type: 'IFC_STEP_2x3TC1' },
    output: {
      path: join(workspace.folder, 'clashes.bcfzip'),
      bytes: result.length,
      sha256: sha256(result),
      type: 'BCF_ZIP_2_0',
    },
    http: { status: 200 },
    error: null,
  });
  expect(published.validate(invokeOutput.$id, line)).toBe(true);
  const receipt = JSON.parse(await readFile(join(workspace.folder, 'clashes.bcfzip.run.json'), 'utf8'));
  expect(receipt).toMatchObject({ ...line, tool: 'bimservice', version: '0.0.0-test' });

  expect(published.validate(receiptSchema.$id, receipt)).toBe(true);
  const status = JSON.parse((await workspace.run(['status', '--json', ...repository])).stdout);
  expect(published.validate(statusOutput.$id, status)).toBe(true);

  service.assertDone();
  const [sent] = service.server.callsTo('invoke');
  expect(sent?.sha256).toBe(sha256(model));
  expect(sent && header(sent, 'authorization')).toBe(`Bearer ${token.stdout.trim()}`);
  expect(await readdir(workspace.folder)).toEqual([
    '.config-bimservice',
    'clashes.bcfzip',
    'clashes.bcfzip.run.json',
    'model.ifc',
  ]);
});

test("BIMserver's form: its redirects, its exact form encoding, its soid and its bare file names", async () => {
  await using server = await BimServer.start({ name: 'Clash & Door check #2' });
  await using setting = await workspaceWithModel('IFC2X3');
  const { workspace, model } = setting;
  const repository = ['-r', server.listUrl];
  server.server.expectCalls(['list', 'register', ...BimServer.consentCalls, 'token', 'json', 'invoke']);
  await using person = new Person();
  const authorized = await workspace.run(['authorize', 'Clash & Door check #2', ...repository], {
    browser: person,
  });
  expect(authorized.stderr).toContain('is authorized');
  expect(authorized.code).toBe(0);
  await person.visit();
  const invoked = await workspace.run(['invoke', 'clash', 'model.ifc', '--json', ...repository]);
  expect(invoked).toMatchObject({ code: 0 });
  expect(JSON.parse(invoked.stdout)).toMatchObject({
    service: { resourceUrl: `${server.site}/services/${SOID}` },
    input: { sha256: sha256(model), type: 'IFC_STEP_2X3TC1' },
    output: { path: join(workspace.folder, 'validationresults.bcfzip') },
  });
  server.assertDone();
});

test('oidc-provider: the registration falls back to RFC 7591, PKCE and the exact redirect hold, the token opens the resource', async () => {
  await using service = await OidcService.start();
  await using setting = await workspaceWithModel('IFC4');
  const { workspace, model } = setting;
  const repository = ['-r', service.listUrl];
  const { services } = JSON.parse((await workspace.run(['list', '--json', ...repository])).stdout);
  const id: string = services[0].id;
  await using person = new Person({ answers: { login: 'ada' }, press: 'allow' });
  const authorized = await workspace.run(['authorize', id, ...repository], { browser: person });
  expect(authorized.stderr).toContain('is authorized for');
  await person.visit();
  const invoked = await workspace.run(['invoke', id, 'model.ifc', '--json', ...repository]);
  expect(invoked).toMatchObject({ code: 0 });
  expect(service.checked).toMatchObject([{ sha256: sha256(model) }]);
  expect(service.events).toEqual([
    'registration_create.error invalid_redirect_uri',
    'registration_create.error invalid_client_metadata',
    'registration_create.success',
    'authorization.success',
    'grant.success',
  ]);
});

test('oidc-provider: a denial is reported at once, in the terminal and in the browser', async () => {
  await using service = await OidcService.start();
  await using workspace = await Workspace.create();
  await using person = new Person({ answers: { login: 'ada' }, press: 'deny' });
  const { code, stdout } = await workspace.run(['authorize', 'check', '--json', '-r', service.listUrl], {
    browser: person,
  });
  expect(code).toBe(4);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'access-denied', exitCode: 4, phase: 'authorize' },
  });
  expect((await person.visit()).body).toMatch(/not authorized|denied|refused/i);
});
