// Every command's `--json` output, as it really is, has a published schema. A new command gets a line here.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { Clients } from '../../src/serve/oauth/clients.js';
import { Tokens } from '../../src/serve/oauth/tokens.js';
import { openSqliteStore } from '../../src/serve/store/sqlite.js';
import { hasSqlite } from '../serve/stores.js';
import { bcfArchive, topicEntries } from '../support/bcf.js';
import { Person } from '../support/browser-double.js';
import { type RunOverrides, Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { FlatService } from '../support/flat-service.js';
import { commandTree } from '../support/reference.js';

const SCHEMAS = new URL('../../schemas/', import.meta.url);
const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true });
for (const file of readdirSync(SCHEMAS))
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')));

/** The one document on stdout, held against a published schema. */
function document(stdout: string, schema: string): unknown {
  expect(stdout).toMatch(/^.+\n$/);
  const value: unknown = JSON.parse(stdout);
  const validate = ajv.getSchema(`urn:bimservice:schema:${schema}`);
  if (validate === undefined) throw new Error(`there is no schema ${schema}`);
  validate(value);
  expect(validate.errors, `${schema}: ${stdout}`).toBeNull();
  return value;
}

/** The lines on stdout, each held against a published schema. */
function documents(stdout: string, schema: string): void {
  for (const line of stdout.trimEnd().split('\n')) document(`${line}\n`, schema);
}

/** `repository add` and its like: commands without commands of their own. */
function namesOf(command: Command, above = ''): string[] {
  return command.commands.flatMap((each) => {
    const name = `${above}${each.name()}`;
    return each.commands.length === 0 ? [name] : namesOf(each, `${name} `);
  });
}

/** Prints help or a script, never a document. */
const WITHOUT_JSON = ['help', 'completion', '__complete'];

/** The operator's commands need a store on disk (SQLite), which this Node may lack: a test of their own. */
const OF_OPERATOR = ['serve user', 'serve client', 'serve token', 'serve backup'];

/** They need NATS: test/serve/nats-trouble.test.ts has them. */
const OF_MACHINES = ['serve jobs', 'worker'];

test('each command writes one document that fits its schema, and so does a failure', async () => {
  await using service = await FlatService.start();
  await using workspace = await Workspace.create();
  await using person = new Person();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC2X3' }));
  const id = 'clash-detection';
  const seen = new Set<string>();

  async function outputOf(schema: string, argv: string[], overrides: RunOverrides = {}): Promise<unknown> {
    for (let words = 2; words > 0; words--) seen.add(argv.slice(0, words).join(' '));
    const { code, stdout, stderr } = await workspace.run([...argv, '--json'], overrides);
    if (schema !== 'error-output') expect(code, stderr).toBe(0);
    return document(stdout, schema);
  }

  await outputOf('repository-output', ['repository', 'add', service.listUrl, '--alias', 'flat']);
  await outputOf('repository-output', ['repository', 'list']);
  await outputOf('repository-check-output', ['repository', 'check']);
  await outputOf('config-output', ['config', 'set', 'store', 'files']);
  await outputOf('config-output', ['config', 'get', 'store']);
  await outputOf('list-output', ['list']);
  await outputOf('list-output', ['list', id]);
  await outputOf('status-output', ['status', '--all']);
  const unauthorized = await workspace.run(['status', id, '--fail-if-expires-in', '1h', '--json']);
  expect(document(unauthorized.stdout, 'status-output')).toHaveProperty('error.code', 'not-authorized');
  await outputOf('register-output', ['register', id]);
  await outputOf('register-output', ['register', id]);
  await outputOf('authorize-output', ['authorize', id], { browser: person });
  await person.visit();
  await outputOf('status-output', ['status', id]);
  await outputOf('token-output', ['token', id]);
  await outputOf('doctor-output', ['doctor', id]);
  const exported = await outputOf('credentials-output', ['token', id, '--export']);
  const { credentials } = exported as { credentials: string };
  await outputOf('authorize-output', ['token', id, '--import', '-'], { stdin: credentials });
  await outputOf('dry-run-output', ['invoke', id, 'model.ifc', '--dry-run']);
  await outputOf('invoke-output', ['invoke', id, 'model.ifc']);
  const watch = ['watch', id, 'model.ifc', '--once', '--settle', '0', '--on-result', 'true'];
  const watched = await workspace.run([...watch, '--json']);
  seen.add('watch');
  expect(watched.stdout.match(/"event":"\w+"/g), watched.stderr).toEqual([
    '"event":"queued"',
    '"event":"result"',
  ]);
  documents(watched.stdout, 'watch-output');
  await writeFile(
    join(workspace.folder, 'r.bcf'),
    await bcfArchive({ entries: topicEntries({ selects: ['A'] }) }),
  );
  await outputOf('bcf-output', ['bcf', 'r.bcf', '--baseline', 'r.bcf', '--fail-on', 'new>0']);
  await outputOf('logout-output', ['logout', id]);
  await outputOf('logout-all-output', ['logout', '--all']);
  // Where could the token be revoked? This server has no metadata to say so.
  expect(service.server.takeComplaints().filter((call) => !/\/\.well-known\/|GET \/$/.test(call))).toEqual(
    [],
  );
  await outputOf('authorize-output', ['token', id, '--set', '-'], { stdin: 'another-token' });
  await outputOf('repository-output', ['repository', 'remove', 'flat']);
  await outputOf('error-output', ['list', '-r', join(workspace.folder, 'none.json')]);
  await outputOf('error-output', ['invoke']);
  const unread = await workspace.run(['repository', 'check', '-r', 'none.json', '--json']);
  expect(document(unread.stdout, 'repository-check-output')).toHaveProperty('error.exitCode', unread.code);
  await outputOf('demo-output', ['demo']);
  await outputOf('serve-check-output', ['serve', '--check']);

  const missing = namesOf(commandTree()).filter(
    (name) => !seen.has(name) && ![...WITHOUT_JSON, ...OF_OPERATOR, ...OF_MACHINES].includes(name),
  );
  expect(missing, 'commands whose --json output has no schema here').toEqual([]);
});

test.runIf(hasSqlite())('each document of an operator fits its schema', async () => {
  await using workspace = await Workspace.create();
  const data = join(workspace.folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const store = await openSqliteStore(join(data, 'serve.db'), Date.now);
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  const clients = new Clients(store, Date.now, random);
  const redirectUris = ['http://127.0.0.1:9/callback'];
  const { client } = await clients.add({
    name: 'Office',
    redirectUris,
    dialect: 'original',
    isPublic: false,
  });
  const tokens = new Tokens(store, clients, Date.now, random, null);
  const { key } = await tokens.issue({ client, serviceId: 'check', user: null });
  await store[Symbol.asyncDispose]();
  const seen = new Set<string>();
  const outputOf = async (argv: string[], stdin = '') => {
    const name = argv.slice(0, 2).join(' ');
    seen.add(name);
    const { code, stdout, stderr } = await workspace.run([...argv, '--data', data, '--json'], { stdin });
    expect(code, stderr).toBe(0);
    return document(stdout, `${name.replace(' ', '-')}-output`);
  };
  await outputOf(['serve', 'user', 'add', 'ada'], 'a long password');
  expect(await outputOf(['serve', 'user', 'list'])).toMatchObject({ users: [{ name: 'ada' }] });
  await outputOf(['serve', 'user', 'remove', 'ada']);
  expect(await outputOf(['serve', 'token', 'list'])).toMatchObject({ tokens: [{ client: 'Office' }] });
  await outputOf(['serve', 'token', 'revoke', key.slice(0, 16)]);
  expect(await outputOf(['serve', 'client', 'list'])).toMatchObject({ clients: [{ name: 'Office' }] });
  await outputOf(['serve', 'client', 'revoke', client.id]);
  await outputOf(['serve', 'backup', 'copy.db']);
  expect([...seen].sort()).toEqual(OF_OPERATOR.toSorted());
});
