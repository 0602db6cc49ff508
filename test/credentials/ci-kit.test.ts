// Exported credentials: one line, plain or encrypted, in a variable or a file.

import { createCipheriv, randomBytes, scryptSync } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileSource } from '../../src/io/store/bundle-source.js';
import { readBundle, writeBundle } from '../../src/protocol/oauth/credential-bundle.js';
import { Secret } from '../../src/secret.js';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

const HOUR = 3_600_000;
const PASSPHRASE = 'correct horse battery';

async function exported(options: { endsInMs: number; passphrase?: string }) {
  const server = await RotatingServer.start({ expiresIn: 3600 });
  const workspace = await Workspace.create();
  await storeGrant(workspace, server, options.endsInMs);
  const at = ['-r', server.listUrl];
  const argv = ['token', 'rotating', '--export', ...(options.passphrase ? ['--passphrase'] : []), ...at];
  const { code, stdout, stderr } = await workspace.run(
    argv,
    options.passphrase ? { stdin: options.passphrase } : {},
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bimservice-credentials\.(1|2e)\.[\w-]+\n$/);
  return {
    server,
    at,
    line: stdout.trim(),
    printed: stderr,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('a line in BIMSERVICE_CREDENTIALS is all that a job needs, and no store is created', async () => {
  await using kit = await exported({ endsInMs: HOUR });
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const env = { BIMSERVICE_CREDENTIALS: kit.line, CI: 'true' };
  const run = await job.spawn(['invoke', 'rotating', 'model.ifc', '--no-receipt', ...kit.at], { env });
  expect(run.code).toBe(0);
  expect(kit.server.seen).toEqual([kit.server.grant.accessToken]);
  expect(JSON.parse((await job.run(['status', '--json', ...kit.at], { env })).stdout)).toMatchObject({
    services: [{ id: 'rotating', status: 'authorized', token: { source: 'bundle' } }],
  });
});

test('an encrypted line opens only with its passphrase, and shows nothing of its content', async () => {
  await using kit = await exported({ endsInMs: HOUR, passphrase: PASSPHRASE });
  expect(kit.printed).toContain('BIMSERVICE_PASSPHRASE');
  expect(Buffer.from(kit.line.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('rotating');
  await using job = await Workspace.create();
  const token = (passphrase?: string) =>
    job.run(['token', 'rotating', ...kit.at], {
      env: { BIMSERVICE_CREDENTIALS: kit.line, ...(passphrase ? { BIMSERVICE_PASSPHRASE: passphrase } : {}) },
    });
  expect(await token(PASSPHRASE)).toMatchObject({ code: 0, stdout: `${kit.server.grant.accessToken}\n` });
  expect(await token('another one')).toMatchObject({ code: 2, stdout: '' });
  expect(await token()).toMatchObject({ code: 2, stdout: '' });
});

test('--import stores it, only for the service that it belongs to', async () => {
  await using kit = await exported({ endsInMs: HOUR });
  await using workspace = await Workspace.create();
  expect(
    (await workspace.run(['token', 'rotating', '--import', '-', ...kit.at], { stdin: kit.line })).code,
  ).toBe(0);
  expect((await workspace.run(['token', 'rotating', ...kit.at])).stdout).toBe(
    `${kit.server.grant.accessToken}\n`,
  );
  await using other = await RotatingServer.start({ expiresIn: 1 });
  const foreign = await workspace.run(['token', 'rotating', '--import', '-', '-r', other.listUrl], {
    stdin: kit.line,
  });
  expect(foreign.code).toBe(2);
  expect(foreign.stderr).toContain('not for rotating at these addresses');
});

// Each of its lines takes scrypt's half second several times.
test('a refreshed token is written back into the file, encrypted as before', {
  timeout: 60_000,
}, async () => {
  await using kit = await exported({ endsInMs: -1000, passphrase: PASSPHRASE });
  await using job = await Workspace.create();
  const file = join(job.folder, 'kit');
  await writeFile(file, `${kit.line}\n`, { mode: 0o600 });
  const env = { BIMSERVICE_CREDENTIALS_FILE: file, BIMSERVICE_PASSPHRASE: PASSPHRASE };
  expect((await job.run(['token', 'rotating', ...kit.at], { env })).stdout).toBe(
    `${kit.server.grant.accessToken}\n`,
  );
  const text = (await readFile(file, 'utf8')).trim();
  expect(text).toMatch(/^bimservice-credentials\.2e\./);
  const { records } = await readBundle(new Secret(text), new Secret(PASSPHRASE));
  expect(Object.values(records).join()).toContain(kit.server.grant.refreshToken);
  expect((await job.run(['token', 'rotating', ...kit.at], { env })).code).toBe(0);
  expect(kit.server.refreshes).toBe(1);
});

test('if it cannot be written back, the run continues with one warning', async () => {
  await using kit = await exported({ endsInMs: -1000 });
  await using job = await Workspace.create();
  const env = { BIMSERVICE_CREDENTIALS: kit.line };
  const { code, stdout, stderr } = await job.run(['token', 'rotating', ...kit.at], { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${kit.server.grant.accessToken}\n` });
  expect(stderr.match(/could not be written back to BIMSERVICE_CREDENTIALS/g)).toHaveLength(1);
});

test('BIMSERVICE_TOKEN wins over the line, the line over the store, and status and -v say so', async () => {
  await using kit = await exported({ endsInMs: HOUR });
  await using workspace = await Workspace.create();
  await workspace.run(['token', 'rotating', '--set', '-', ...kit.at], { stdin: 'a-stored-token' });
  const env = { BIMSERVICE_CREDENTIALS: kit.line };
  const source = async (more: Record<string, string>) =>
    JSON.parse((await workspace.run(['status', '--json', ...kit.at], { env: more })).stdout).services[0].token
      .source;
  expect(await source({})).toBe('files');
  expect(await source(env)).toBe('bundle');
  expect(await source({ ...env, BIMSERVICE_TOKEN: 'a-token-of-the-job' })).toBe('environment');
  const { stdout, stderr } = await workspace.run(['token', 'rotating', '-v', ...kit.at], {
    env: { ...env, BIMSERVICE_TOKEN: 'a-token-of-the-job' },
  });
  expect(stdout).toBe('a-token-of-the-job\n');
  expect(stderr).toContain('BIMSERVICE_TOKEN is used instead of a stored token');
});

test('GitHub Actions masks what is printed', async () => {
  await using kit = await exported({ endsInMs: HOUR });
  await using job = await Workspace.create();
  const env = { BIMSERVICE_CREDENTIALS: kit.line, GITHUB_ACTIONS: 'true' };
  const { stderr } = await job.run(['token', 'rotating', ...kit.at], { env });
  expect(stderr).toContain(`::add-mask::${kit.server.grant.accessToken}\n`);
});

test('the mask of a token with % is what the runner decodes to the token', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using job = await Workspace.create();
  const at = ['-r', server.listUrl];
  await job.run(['token', 'rotating', '--set', '-', ...at], { stdin: 'a%0Atoken%25' });
  const { stderr } = await job.run(['token', 'rotating', ...at], { env: { GITHUB_ACTIONS: 'true' } });
  expect(stderr).toBe('::add-mask::a%250Atoken%2525\n');
});

test.each([
  ['nonsense', 'not what bimservice token SERVICE --export prints'],
  ['bimservice-credentials.2.abc', 'from a newer bimservice'],
  ['bimservice-credentials.1.e30', 'damaged'],
])('%s: the message says what it is', async (line, words) => {
  await expect(readBundle(new Secret(line), null)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(words),
  });
});

test('a flipped bit in an encrypted line is detected', async () => {
  const line = await writeBundle({ service: 's', records: { a: 'b' } }, new Secret(PASSPHRASE));
  const bytes = Buffer.from(line.split('.')[2] ?? '', 'base64url');
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  const flipped = `bimservice-credentials.1e.${bytes.toString('base64url')}`;
  await expect(readBundle(new Secret(flipped), new Secret(PASSPHRASE))).rejects.toMatchObject({
    code: 'usage',
  });
});

test('B068: a store that is open to others is closed at the next use, with a warning', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await mkdir(workspace.configDir, { recursive: true });
  await storeGrant(workspace, server, HOUR);
  const folder = join(workspace.configDir, 'credentials');
  await chmod(folder, 0o755);
  const { stderr } = await workspace.run(['token', 'rotating', '--set', '-', '-r', server.listUrl], {
    stdin: 'a-new-token',
  });
  expect(stderr).toContain('was open to others (mode 755); now it is 700');
});

test('a line of version 1e, made with half the cost, is still read', async () => {
  const bundle = await readBundle(firstEncrypted(PASSPHRASE), new Secret(PASSPHRASE));
  expect(bundle).toEqual({ service: 'old', records: { a: 'b' } });
});

test('a refreshed token is written back to a line of an earlier version with a short passphrase', async () => {
  await using workspace = await Workspace.create();
  const file = join(workspace.folder, 'credentials');
  await writeFile(file, firstEncrypted('short').reveal(), { mode: 0o600 });
  const pid = { pid: process.pid, isAlive: () => true };
  const source = fileSource(file, new Secret('short'), { ...pid, warn: () => {} });
  expect(await source.save([{ service: 'old', records: { a: 'refreshed' } }])).toBe(true);
  expect(await source.load()).toEqual([{ service: 'old', records: { a: 'refreshed' } }]);
});

/** What the first version wrote, when a passphrase had any length. */
function firstEncrypted(passphrase: string): Secret {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const key = scryptSync(passphrase, salt, 32, { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 });
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const text = JSON.stringify({ service: 'old', records: { a: 'b' } });
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  const line = Buffer.concat([salt, nonce, cipher.getAuthTag(), body]).toString('base64url');
  return new Secret(`bimservice-credentials.1e.${line}`);
}

test('a passphrase of fewer than 15 characters is refused, and nothing is printed', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, HOUR);
  const argv = ['token', 'rotating', '--export', '--passphrase', '-r', server.listUrl];
  const { code, stdout, stderr } = await workspace.run(argv, { stdin: 'fourteen chars' });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('15 characters');
});

test('where a passphrase is set, credentials that are not encrypted are refused', async () => {
  await using kit = await exported({ endsInMs: HOUR });
  await using job = await Workspace.create();
  const env = { BIMSERVICE_CREDENTIALS: kit.line, BIMSERVICE_PASSPHRASE: PASSPHRASE };
  const { code, stdout, stderr } = await job.run(['token', 'rotating', ...kit.at], { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('not encrypted');
});

test.skipIf(process.platform === 'win32')(
  'a credentials file that others can read is a warning',
  async () => {
    await using kit = await exported({ endsInMs: HOUR });
    await using job = await Workspace.create();
    const file = join(job.folder, 'kit');
    await writeFile(file, `${kit.line}\n`);
    await chmod(file, 0o644);
    const env = { BIMSERVICE_CREDENTIALS_FILE: file };
    const open = await job.run(['token', 'rotating', ...kit.at], { env });
    expect(open).toMatchObject({ code: 0, stderr: expect.stringContaining(`chmod go-rwx ${file}`) });
    await chmod(file, 0o600);
    expect((await job.run(['token', 'rotating', ...kit.at], { env })).stderr).not.toContain('chmod');
  },
);
