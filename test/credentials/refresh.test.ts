// The life of a token: refreshed before it ends, once for any number of processes, and never lost (CASES B058, B059).

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { RotatingServer } from '../support/rotating-server.js';
import { repeated } from './slow.js';
import { storeGrant } from './stored.js';

const HOUR = 3_600_000;

test.each([8, repeated(16, 32)])(
  'B058: %i processes with one expired token make one refresh, and all get the new token',
  async (count) => {
    await using server = await RotatingServer.start({ expiresIn: 3600 });
    await using workspace = await Workspace.create();
    await storeGrant(workspace, server, -1000);
    const runs = await Promise.all(
      Array.from({ length: count }, () => workspace.spawn(['token', 'rotating', '-r', server.listUrl])),
    );
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(count).fill({ code: 0, stderr: '' }),
    );
    expect(new Set(runs.map(({ stdout }) => stdout.trim()))).toEqual(new Set([server.grant.accessToken]));
    expect({ refreshes: server.refreshes, reuses: server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
    const left = (await readdir(join(workspace.configDir, 'credentials'))).filter(
      (name) => !name.endsWith('.json'),
    );
    expect(left).toEqual([]);
  },
);

test('B058: the same through one file of exported credentials', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, -1000);
  const { stdout: line } = await workspace.run(['token', 'rotating', '--export', '-r', server.listUrl]);
  await using job = await Workspace.create();
  const file = join(job.folder, 'credentials.txt');
  await writeFile(file, line, { mode: 0o600 });
  const env = { BIMSERVICE_CREDENTIALS_FILE: file };
  const runs = await Promise.all(
    Array.from({ length: 8 }, () => job.spawn(['token', 'rotating', '-r', server.listUrl], { env })),
  );
  expect(runs.map(({ code }) => code)).toEqual(Array(8).fill(0));
  expect({ refreshes: server.refreshes, reuses: server.reuses }).toEqual({ refreshes: 1, reuses: 0 });
  expect(await readFile(file, 'utf8')).not.toBe(line);
  expect(await readdir(job.configDir).catch(() => [])).not.toContain('credentials');
});

test('a token that would end during the upload is refreshed in advance, a longer one is not', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const invoke = () =>
    workspace.run(['invoke', 'rotating', 'model.ifc', '--no-receipt', '-r', server.listUrl]);
  await storeGrant(workspace, server, 30_000);
  const early = server.grant.accessToken;
  expect((await invoke()).code).toBe(0);
  expect(server.refreshes).toBe(1);
  expect(server.seen).toEqual([server.grant.accessToken]);
  expect(server.seen).not.toContain(early);
  await invoke();
  expect(server.refreshes).toBe(1);
});

test('a refresh that fails while the token is still valid is a warning, and the token is used', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  const { accessToken } = server.grant;
  await storeGrant(workspace, server, 30_000);
  const [file = ''] = (await readdir(join(workspace.configDir, 'credentials'))).filter((name) =>
    name.startsWith('token-'),
  );
  const path = join(workspace.configDir, 'credentials', file);
  await writeFile(
    path,
    (await readFile(path, 'utf8')).replace(server.grant.refreshToken, 'an-unknown-refresh-token'),
  );
  const { code, stderr } = await workspace.run([
    'invoke',
    'rotating',
    'model.ifc',
    '--no-receipt',
    '-r',
    server.listUrl,
  ]);
  expect({ code, seen: server.seen }).toEqual({ code: 0, seen: [accessToken] });
  expect(stderr).toContain('could not be refreshed in advance');
});

test('B059: a response without a refresh token keeps the old one', async () => {
  await using server = await RotatingServer.start({ expiresIn: 1, rotates: false });
  await using workspace = await Workspace.create();
  await storeGrant(workspace, server, -1000);
  const at = ['-r', server.listUrl];
  expect((await workspace.run(['token', 'rotating', '--refresh', ...at])).code).toBe(0);
  expect((await workspace.run(['token', 'rotating', '--refresh', ...at])).code).toBe(0);
  expect(server.refreshes).toBe(2);
});

test('a refresh token that the server refuses ends with 4 and the command to type; nothing is deleted', async () => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using other = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  // The grant of another server, stored for this one: this server does not know it.
  const grant = other.grant;
  Object.defineProperty(server, 'grant', { value: grant });
  await storeGrant(workspace, server, -HOUR);
  const folder = join(workspace.configDir, 'credentials');
  const before = await readdir(folder);
  const { code, stderr } = await workspace.run(['token', 'rotating', '-r', server.listUrl]);
  expect(code).toBe(4);
  expect(stderr).toContain('invalid_grant');
  expect(stderr).not.toContain(grant.refreshToken);
  expect(await readdir(folder)).toEqual(before);
});
