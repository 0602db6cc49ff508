// The opener with real processes: one argument, no shell, and failures that are reported without waiting.

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import { createBrowser } from '../../src/io/login/browser.js';

const ADDRESS =
  'https://bim.example/a?state=%7B%22n%22%3A1%7D&x=$(touch%20pwned)&y=%USERPROFILE%&z=$HOME;`id`';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-browser '));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A Node script that can be run as a command; `ARGS` receives its arguments as JSON. */
async function opener(name: string, then: string): Promise<{ path: string; args: () => Promise<unknown> }> {
  const path = join(folder, name);
  const log = `${path}.json`;
  const script = `#!${process.execPath}
const fs = require('node:fs');
fs.writeFileSync(${JSON.stringify(`${log}.draft`)}, JSON.stringify(process.argv.slice(2)));
fs.renameSync(${JSON.stringify(`${log}.draft`)}, ${JSON.stringify(log)});
${then}`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return { path, args: async () => JSON.parse(await readFile(log, 'utf8')) };
}

function open(
  command: string | null,
  address = ADDRESS,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  return createBrowser({ command, env, handOver: null }).open(address, new AbortController().signal);
}

describe('--browser', () => {
  test('gets the address as one last argument, without a shell (B028)', async () => {
    const { path, args } = await opener('plain.cjs', '');
    await open(`"${path}" --new-window 'a b'`);
    expect(await args()).toEqual(['--new-window', 'a b', new URL(ADDRESS).href]);
  });

  test('has the given environment and none of our streams', async () => {
    const { path, args } = await opener(
      'streams.cjs',
      `if (process.env.MARK !== 'm' || process.stdout.isTTY || fs.readFileSync(0).length > 0) process.exit(9);
console.log('noise'); console.error('noise');`,
    );
    await open(`"${path}"`, ADDRESS, { MARK: 'm' });
    expect(await args()).toHaveLength(1);
    await expect(open(`"${path}"`, ADDRESS, {})).rejects.toThrow('status 9');
  });

  test('exit 3 is reported (B023)', async () => {
    const { path, args } = await opener('three.cjs', 'process.exit(3)');
    await expect(open(`"${path}"`)).rejects.toThrow('no browser could be opened (it ended with status 3)');
    expect(await args()).toHaveLength(1);
  });

  test('an end by a signal is reported', async () => {
    const { path } = await opener(
      'signal.cjs',
      "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9999)",
    );
    await expect(open(`"${path}"`)).rejects.toThrow('SIGTERM');
  });

  test.each([
    ['a missing command', '/nowhere/xdg-open', 'no such command'],
    ['an empty command', ' ', 'the command is empty'],
  ])('%s is reported (B023)', async (_title, command, reason) => {
    await expect(open(command)).rejects.toThrow(reason);
  });

  test('a browser that keeps running does not hold us', async () => {
    // It runs for longer than the limit of a test, and ends when the folder is removed.
    const { path, args } = await opener('stays.cjs', 'setInterval(() => fs.statSync(__filename), 100)');
    await open(`"${path}"`);
    expect(await args()).toHaveLength(1);
    await rm(path);
  });
});

describe.runIf(process.platform === 'linux')("the system's opener", () => {
  async function withBrowser(path: string, run: () => Promise<void>): Promise<void> {
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_CURRENT_DESKTOP', 'DESKTOP_SESSION'])
      vi.stubEnv(name, '');
    vi.stubEnv('BROWSER', path);
    try {
      await run();
    } finally {
      vi.unstubAllEnvs();
    }
  }

  test('passes the address on as it is', async () => {
    // xdg-open splits BROWSER at colons and blanks, so the folder of this test, which has a blank, cannot be named there.
    const bare = await mkdtemp(join(tmpdir(), 'bimservice-browser-'));
    const { path, args } = await opener('xdg.cjs', '');
    const link = join(bare, 'opener');
    await writeFile(link, `#!/bin/sh\nexec "${path}" "$@"\n`, { mode: 0o755 });
    await withBrowser(link, () => open(null));
    await expect.poll(args).toEqual([new URL(ADDRESS).href]);
    await rm(bare, { recursive: true });
  });

  test('a missing browser is reported (B023)', async () => {
    await withBrowser('/nowhere/browser', () =>
      expect(open(null)).rejects.toThrow('no browser could be opened'),
    );
  });
});

test.each(['file:///etc/passwd', 'javascript:alert(1)', 'calc.exe', '--version', 'ftp://x/', ''])(
  '%s is never opened (B029)',
  async (address) => {
    const { path, args } = await opener('unsafe.cjs', '');
    const error: unknown = await open(`"${path}"`, address).catch((reason: unknown) => reason);
    if (!(error instanceof BimServiceError)) throw error;
    expect([error.code, error.exitCode]).toEqual(['unsafe-address', 3]);
    await expect(args()).rejects.toThrow('ENOENT');
  },
);
