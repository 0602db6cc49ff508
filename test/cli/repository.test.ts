// `repository add` checks what it adds, `repository check` what is stored; `list` finds services by a text.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROGRAM, Workspace } from '../support/cli.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';
import { originOf, StrictServer } from '../support/strict-server.js';

const SERVICE = {
  name: 'Clash check',
  description: 'Finds walls that meet ducts',
  provider: 'Example Ltd',
  inputs: ['IFC_STEP_4'],
  outputs: ['BCF_ZIP_2_1'],
  resourceUrl: 'https://bim.example.org/clash',
};
const OTHER = {
  ...SERVICE,
  name: 'Room book',
  description: '',
  resourceUrl: 'https://bim.example.org/rooms',
};

/** A server with a list at /list.json, a page at /page and nothing at /gone. */
async function listServer(): Promise<StrictServer> {
  const json = [['Content-Type', 'application/json']] as [string, string][];
  const html = [['Content-Type', 'text/html']] as [string, string][];
  return StrictServer.start({
    list: {
      method: 'GET',
      path: '/list.json',
      handle: () => ({ status: 200, headers: json, body: JSON.stringify([SERVICE, OTHER]) }),
    },
    page: {
      method: 'GET',
      path: '/page.html',
      handle: () => ({ status: 200, headers: html, body: '<html><title>Sign in</title></html>' }),
    },
    gone: { method: 'GET', path: '/gone.json', handle: () => ({ status: 404 }) },
  });
}

async function stored(workspace: Workspace): Promise<unknown[]> {
  return JSON.parse((await workspace.run(['repository', 'list', '--json'])).stdout).repositories;
}

describe('repository add', () => {
  test('reads the list, counts its services and names the next step', async () => {
    await using server = await listServer();
    await using workspace = await Workspace.create();
    const { code, stderr } = await workspace.run(['repository', 'add', `${server.origin}/list.json`]);
    expect(code).toBe(0);
    expect(stderr).toContain('2 services');
    expect(stderr).toContain('Next: bimservice list');
  });

  test.each([
    ['a page instead of a list', 'page.html', 3],
    ['404', 'gone.json', 3],
  ])('%s: not stored, and the way to store it is named', async (_, path, exit) => {
    await using server = await listServer();
    await using workspace = await Workspace.create();
    const address = `${server.origin}/${path}`;
    const { code, stderr } = await workspace.run(['repository', 'add', address]);
    expect(code).toBe(exit);
    expect(stderr).toContain('not added');
    expect(stderr).toContain(`bimservice repository add ${address} --no-check`);
    expect(await stored(workspace)).toEqual([expect.objectContaining({ alias: 'default' })]);
    expect((await workspace.run(['repository', 'add', address, '--no-check'])).code).toBe(0);
    expect(await stored(workspace)).toEqual([expect.objectContaining({ location: address })]);
  });

  test('a dead address is exit 5 and not stored', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = originOf(server);
    await new Promise((resolve) => server.close(resolve));
    await using workspace = await Workspace.create();
    const { code, stderr } = await workspace.run(['repository', 'add', `${origin}/servicelist`]);
    expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('--no-check') });
  });

  test.each([
    ['bim.example.org/servicelist', 'https://bim.example.org/servicelist'],
    ['localhost:8080/servicelist', 'http://localhost:8080/servicelist'],
  ])('%s without a scheme: the address that is meant', async (typed, meant) => {
    await using workspace = await Workspace.create();
    const { code, stderr } = await workspace.run(['repository', 'add', typed]);
    expect(code).toBe(2);
    expect(stderr).toContain(`bimservice repository add ${meant}`);
  });

  test('a file with such a name is a file', async () => {
    await using workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'services.example'), JSON.stringify([SERVICE]));
    expect((await workspace.run(['repository', 'add', 'services.example'])).code).toBe(0);
  });
});

test('repository check prints what each one offers, and ends with the first failure', async () => {
  await using server = await listServer();
  await using workspace = await Workspace.create();
  await workspace.run(['repository', 'add', `${server.origin}/list.json`, '--alias', 'good']);
  expect(await workspace.run(['repository', 'check'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^good +ok +2 /m),
  });
  await workspace.run(['repository', 'add', `${server.origin}/gone.json`, '--alias', 'gone', '--no-check']);
  const { code, stdout, stderr } = await workspace.run(['repository', 'check']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^gone +repository-unreadable +- /m);
  expect(stderr).toContain('1 of 2 repositories cannot be read');
  const json = JSON.parse(
    (await workspace.run(['repository', 'check', 'gone', '--json'])).stdout.split('\n')[0] ?? '',
  );
  expect(json.repositories).toEqual([
    expect.objectContaining({ alias: 'gone', services: 0, error: expect.objectContaining({ exitCode: 3 }) }),
  ]);
});

describe('list', () => {
  async function workspaceWithList(entries: object[]): Promise<Workspace> {
    const workspace = await Workspace.create();
    await writeFile(join(workspace.folder, 'services.json'), JSON.stringify(entries));
    return workspace;
  }
  const AT = ['--repository', 'services.json'];

  test.each([
    ['a word of a description', 'ducts', ['clash-check']],
    ['a provider', 'example ltd', ['clash-check', 'room-book']],
    ['the middle of a name', 'book', ['room-book']],
  ])('%s finds services', async (_, text, ids) => {
    await using workspace = await workspaceWithList([SERVICE, OTHER]);
    const { code, stdout } = await workspace.run(['list', text, ...AT, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).services.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  test('a text without a match is exit 3', async () => {
    await using workspace = await workspaceWithList([SERVICE]);
    expect((await workspace.run(['list', 'thermal', ...AT])).code).toBe(3);
  });

  test('shows the requested columns', async () => {
    await using workspace = await workspaceWithList([SERVICE, OTHER]);
    const { stdout } = await workspace.run(['list', ...AT, '--columns', 'id,address']);
    expect(stdout.split('\n')[0]).toMatch(/^ID +ADDRESS$/);
    const wrong = await workspace.run(['list', ...AT, '--columns', 'id,prize']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('id, name, takes') });
  });

  test.skipIf(NO_TERMINAL !== null)(
    'a long list on a terminal goes through the pager, without our secrets',
    async () => {
      await using workspace = await workspaceWithList(
        Array.from({ length: 60 }, (_, at) => ({
          ...SERVICE,
          name: `Check ${at}`,
          resourceUrl: `https://bim.example.org/${at}`,
        })),
      );
      const pager = `sh -c 'echo PAGED $(wc -l) [$BIMSERVICE_TOKEN]'`;
      const { code, stdout } = await atTerminal(`${process.execPath} ${PROGRAM} list -r services.json`, {
        cwd: workspace.folder,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: workspace.folder,
          TERM: 'xterm',
          PAGER: pager,
          BIMSERVICE_TOKEN: 'secret-token',
        },
      });
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/PAGED 61 \[\]\s+60 services/),
      });
    },
  );
});
