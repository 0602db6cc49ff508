// The secret scanner over every command with -v: a secret is shown only on request (CASES B145, B146).

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { stepModel } from '../support/fixtures.js';
import { RotatingServer } from '../support/rotating-server.js';
import { storeGrant } from './stored.js';

/** The double has no consent and no registration: these end with an error, and its messages are looked at too. */
const COMMANDS: readonly (readonly [argv: string[], exit: number, asksForToken?: boolean])[] = [
  [['list'], 0],
  [['list', 'rotating'], 0],
  [['repository', 'list'], 0],
  [['register', 'rotating'], 0],
  [['authorize', 'rotating', '--no-browser', '--wait', '1s'], 6],
  [['token', 'rotating'], 0, true],
  [['token', 'rotating', '--refresh'], 0, true],
  [['status'], 0],
  [['config', 'get', 'store'], 0],
  [['invoke', 'rotating', 'model.ifc'], 0],
  [['invoke', 'rotating', 'model.ifc', '--dry-run'], 0],
  [['logout', 'rotating'], 0],
];

/** Debugging adds one warning and changes nothing else that is printed, so that every other command runs with it. */
const DEBUGGING = { NODE_DEBUG: 'module_that_is_none' };

test.concurrent.for(
  COMMANDS.map(
    ([argv, exit, asks], at) =>
      [argv.join(' '), argv, exit, at % 2 === 0 ? {} : DEBUGGING, asks ?? false] as const,
  ),
)('%s -v', async ([, argv, exit, env, asksForToken], { expect }) => {
  await using server = await RotatingServer.start({ expiresIn: 3600 });
  await using workspace = await Workspace.create();
  await writeFile(join(workspace.folder, 'model.ifc'), stepModel({ schema: 'IFC4' }));
  await storeGrant(workspace, server, 3_600_000);
  const first = server.grant;
  const { code, stdout, stderr } = await workspace.spawn(
    [...argv, '-v', '--log-file', 'run.log', '-r', server.listUrl],
    { env },
  );
  expect(code, stderr).toBe(exit);
  const secrets = [
    first.accessToken,
    first.refreshToken,
    server.grant.accessToken,
    server.grant.refreshToken,
    'client-secret-1',
  ];
  const names = (await readdir(workspace.folder)).filter((name) => !name.startsWith('.'));
  expect(names).toContain('run.log');
  const files = await Promise.all(names.map((name) => readFile(join(workspace.folder, name), 'utf8')));
  const shown = asksForToken ? stdout.replace(`${server.grant.accessToken}\n`, '') : stdout;
  for (const secret of secrets) {
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      encodeURIComponent(secret),
    ]) {
      expect([shown, stderr, ...files].filter((text) => text.includes(form))).toEqual([]);
    }
  }
});
