// Text as people paste it and as Windows writes it: UTF-16, byte order marks, quotes, broken lines. Built program.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPasted } from '../../src/protocol/oauth/authorization.js';
import { Workspace } from '../support/cli.js';

const ENTRY = {
  name: 'Closed',
  inputs: ['IFC_STEP_4'],
  outputs: [],
  resourceUrl: 'http://127.0.0.1:9/x',
  oauth: {
    registerUrl: 'http://127.0.0.1:9/r',
    authorizationUrl: 'http://127.0.0.1:9/a',
    tokenUrl: 'http://127.0.0.1:9/t',
  },
};
const AT = ['-r', 'list.json'];

async function workspaceWithToken() {
  const workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'list.json'), JSON.stringify([ENTRY]));
  const set = await workspace.run(['token', 'closed', '--set', '-', ...AT], {
    stdin: '"<the-token-of-closed>"\r\n',
  });
  expect(set.code).toBe(0);
  return workspace;
}

test('quotes and brackets around a pasted token are no part of it', async () => {
  await using workspace = await workspaceWithToken();
  expect((await workspace.run(['token', 'closed', ...AT])).stdout).toBe('the-token-of-closed\n');
});

test('--export --output writes a file for this account only, and nothing to stdout', async () => {
  await using workspace = await workspaceWithToken();
  const done = await workspace.spawn(['token', 'closed', '--export', '--output', 'kept.txt', ...AT]);
  expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 0, stdout: '' });
  expect((await stat(join(workspace.folder, 'kept.txt'))).mode & 0o777).toBe(0o600);
  const bad = await workspace.spawn(['token', 'closed', '--export', '--output', 'none/kept.txt', ...AT]);
  expect(bad.code).toBe(7);
  expect(bad.stderr).toContain('no such file or folder');
});

test.each<[string, (text: string) => Buffer]>([
  ['UTF-16 LE with a mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16 LE without one', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16 BE with a mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
])('credentials and passphrase in %s are read', async (_, encode) => {
  await using workspace = await workspaceWithToken();
  const passphrase = 'a passphrase of some length';
  const exporting = ['token', 'closed', '--export', '--passphrase', '--output', 'kept.txt', ...AT];
  expect((await workspace.run(exporting, { stdin: encode(`${passphrase}\r\n`) })).code).toBe(0);
  const line = await readFile(join(workspace.folder, 'kept.txt'), 'utf8');
  await writeFile(join(workspace.folder, 'wide.txt'), encode(line));
  await using job = await Workspace.create();
  await writeFile(join(job.folder, 'list.json'), JSON.stringify([ENTRY]));
  const file = join(workspace.folder, 'wide.txt');
  const env = { BIMSERVICE_CREDENTIALS_FILE: file, BIMSERVICE_PASSPHRASE: passphrase };
  expect((await job.run(['token', 'closed', ...AT], { env })).stdout).toBe('the-token-of-closed\n');
  const imported = await job.run(['token', 'closed', '--import', '-', ...AT], {
    stdin: encode(line),
    env: { BIMSERVICE_PASSPHRASE: passphrase },
  });
  expect(imported.code).toBe(0);
});

test.each([
  'http://127.0.0.1:1/callback?code=a-long-code&state=closed.nonce-of-this-login-which-is-long-enough',
  '<http://127.0.0.1:1/callback?code=a-long-code&state=closed.nonce-of-this-login-which-is-long-enough>',
  '"http://127.0.0.1:1/callback?code=a-lo\r\nng-code&state=closed.nonce-of-this-login-\r\nwhich-is-long-enough"',
])('a pasted address with quotes or broken lines is understood: %j', (pasted) => {
  const read = readPasted(pasted.replace(/&state=.*/s, pasted.endsWith('"') ? '"' : ''), 'nonce');
  expect(read).toMatchObject({ kind: 'code' });
  if (read.kind === 'code') expect(read.code.reveal()).toBe('a-long-code');
});
