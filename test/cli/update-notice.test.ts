// The notice of a newer version, on a real terminal: npm asks a registry on this machine.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import { atTerminal, NO_TERMINAL } from '../support/pseudo-terminal.js';

const NOTICE = 'bimservice 99.0.0 is there';
const LONG_AGO = Date.UTC(2020, 0, 1);

const fileOf = (workspace: Workspace) => join(workspace.configDir, 'cache', 'update.json');

/** As if npm had named 99.0.0 today. */
async function knowsNewer(workspace: Workspace, more: object = {}): Promise<void> {
  await mkdir(join(workspace.configDir, 'cache'), { recursive: true });
  const state = { checkedAt: Date.now(), shownAt: null, latest: '99.0.0', ...more };
  await writeFile(fileOf(workspace), JSON.stringify(state));
}

async function shown(
  workspace: Workspace,
  line = 'config get store',
  more: Record<string, string> = {},
): Promise<string> {
  const env = { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: workspace.configDir, ...more };
  const command = `${process.execPath} ${PROGRAM} ${line}`;
  const { code, stdout } = await atTerminal(command, { cwd: workspace.folder, env });
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return stdout;
}

const onTerminal = test.skipIf(NO_TERMINAL !== null);

onTerminal('npm is asked in the background, and the next command shows the notice once', async () => {
  const asked: string[] = [];
  await using workspace = await Workspace.create();
  const registry = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const version = { name: 'bimservice', version: '99.0.0', dist: {} };
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        name: 'bimservice',
        'dist-tags': { latest: '99.0.0' },
        versions: { '99.0.0': version },
      }),
    );
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const env = {
    npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
    npm_config_cache: join(workspace.folder, 'npm'),
  };
  await knowsNewer(workspace, { checkedAt: LONG_AGO, latest: null });
  expect(await shown(workspace, undefined, env)).toBe('files\n');
  await expect
    .poll(async () => JSON.parse(await readFile(fileOf(workspace), 'utf8')).latest, { timeout: 60_000 })
    .toBe('99.0.0');
  await new Promise((resolve) => registry.close(resolve));
  expect(asked).toEqual(['GET /bimservice']);
  expect(await shown(workspace)).toContain(NOTICE);
  expect(await shown(workspace)).toBe('files\n');
});

onTerminal('the first command asks nothing, and one day passes before npm is asked', async () => {
  await using workspace = await Workspace.create();
  expect(await shown(workspace)).toBe('files\n');
  const { checkedAt, latest } = JSON.parse(await readFile(fileOf(workspace), 'utf8'));
  expect({ isNow: Date.now() - checkedAt < 60_000, latest }).toEqual({ isNow: true, latest: null });
});

onTerminal.each<[string, string, Record<string, string>]>([
  ['in CI', 'config get store', { CI: 'true' }],
  ['with NO_UPDATE_NOTIFIER', 'config get store', { NO_UPDATE_NOTIFIER: '1' }],
  ['under npx', 'config get store', { npm_config_user_agent: 'npm/11.0.0 node/v24.0.0' }],
  ['with --quiet', '-q config get store', {}],
  ['with --json', '--json config get store', {}],
  ['in a pipe', 'config get store 2>&1 | cat', {}],
])('%s: no notice, and npm is not asked', async (_, line, env) => {
  await using workspace = await Workspace.create();
  const state = { checkedAt: LONG_AGO };
  await knowsNewer(workspace, state);
  const before = await readFile(fileOf(workspace), 'utf8');
  expect(await shown(workspace, line, env)).not.toContain('99.0.0');
  expect(await readFile(fileOf(workspace), 'utf8')).toBe(before);
});

onTerminal('the setting switches it off, and on again', async () => {
  await using workspace = await Workspace.create();
  await workspace.run(['config', 'set', 'updateNotice', 'false']);
  await knowsNewer(workspace);
  expect(await shown(workspace, 'config get updateNotice')).toBe('false\n');
  await workspace.run(['config', 'set', 'updateNotice', 'true']);
  expect(await shown(workspace)).toContain(`${NOTICE} (this is `);
});

test('updateNotice is true or false', async () => {
  await using workspace = await Workspace.create();
  expect((await workspace.run(['config', 'get', 'updateNotice'])).stdout).toBe('true\n');
  const { code, stderr } = await workspace.run(['config', 'set', 'updateNotice', 'off']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('true or false') });
});
