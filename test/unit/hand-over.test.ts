// The address of a consent goes to the browser in a file of ours where other people have accounts: `ps` shows arguments to all.

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { removeStaleParts } from '../../src/io/files/unfinished-files.js';
import { createBrowser } from '../../src/io/login/browser.js';
import { handOverPage } from '../../src/io/login/hand-over.js';
import { browserTest } from '../support/chromium.js';
import { originOf } from '../support/strict-server.js';

const ADDRESS = `https://bim.example/a?state=%7B%22n%22%3A1%7D&x='"<b>&y=</script>`;
const person = (name: string, uid: number, shell = '/bin/bash') =>
  `${name}:x:${uid}:${uid}::/home:${shell}\n`;
const ONE = `${person('root', 0)}${person('ada', 1000)}${person('app', 1001, '/usr/sbin/nologin')}`;
const TWO = `${ONE}${person('eve', 1002)}`;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-hand-over-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A desktop whose programs say what the browser is, and the accounts of its machine. */
async function desktop({
  accounts = TWO,
  browser = 'firefox.desktop',
  reader = browser,
  entry = '[Desktop Entry]\nExec=firefox %u\n',
}: {
  accounts?: string;
  browser?: string;
  reader?: string;
  entry?: string | null;
}) {
  const programs = join(folder, 'bin');
  await mkdir(programs);
  for (const [name, answer] of [
    ['xdg-settings', browser],
    ['xdg-mime', reader],
  ] as const) {
    await writeFile(join(programs, name), `#!/bin/sh\necho '${answer}'\n`);
    await chmod(join(programs, name), 0o755);
  }
  await writeFile(join(folder, 'passwd'), accounts);
  const applications = join(folder, 'data', 'applications');
  await mkdir(applications, { recursive: true });
  if (entry !== null && browser !== '') await writeFile(join(applications, browser), entry);
  const env = {
    PATH: `${programs}:${process.env.PATH}`,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_DATA_DIRS: '/none',
  };
  const handOver = { folder: join(folder, 'cache'), pid: 4242, accounts: join(folder, 'passwd') };
  return { env, handOver };
}

describe.runIf(process.platform === 'linux')('hand-over', () => {
  test('where two people have accounts: a page for this account only, gone when the login is over', async () => {
    const { env, handOver } = await desktop({});
    const done = new AbortController();
    const path = await handOverPage(ADDRESS, handOver, env, done.signal);
    if (path === null) throw new Error('no page');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(handOver.folder)).mode & 0o777).toBe(0o700);
    expect(await readFile(path, 'utf8')).toContain('https://bim.example/a?state=%7B%22n%22%3A1%7D&amp;x=');
    done.abort();
    expect(await readdir(handOver.folder)).toEqual([]);
  });

  test.each([
    ['one person has an account', { accounts: ONE }],
    ['the browser is a Snap', { entry: '[Desktop Entry]\nExec=/snap/bin/firefox %u\n' }],
    ['the browser is a Flatpak', { entry: '[Desktop Entry]\nExec=/usr/bin/flatpak run org.x %u\n' }],
    ['pages are opened by an editor', { reader: 'writer.desktop' }],
    ['the browser is not known', { browser: '', reader: '' }],
    ['the browser has no entry', { entry: null, browser: 'gone.desktop' }],
  ])('%s: the address itself', async (_, machine) => {
    const { env, handOver } = await desktop(machine);
    expect(await handOverPage(ADDRESS, handOver, env, new AbortController().signal)).toBeNull();
  });

  test('the opener gets the path of the page, and the address is no argument', async () => {
    const { env, handOver } = await desktop({});
    const seen = join(folder, 'seen.txt');
    await writeFile(
      join(folder, 'opener'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}.draft'; mv '${seen}.draft' '${seen}'\n`,
    );
    await chmod(join(folder, 'opener'), 0o755);
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_CURRENT_DESKTOP', 'DESKTOP_SESSION'])
      vi.stubEnv(name, '');
    vi.stubEnv('BROWSER', join(folder, 'opener'));
    const done = new AbortController();
    await createBrowser({ command: null, env, handOver }).open(ADDRESS, done.signal);
    await expect.poll(() => readFile(seen, 'utf8').catch(() => '')).toMatch(/\.bimservice-.*\.html\n$/);
    expect(await readFile(seen, 'utf8')).not.toContain('bim.example');
    done.abort();
  });

  test('the page of a killed login is removed by the next command that opens the store', async () => {
    const { env, handOver } = await desktop({});
    await handOverPage(ADDRESS, handOver, env, new AbortController().signal);
    expect(await readdir(handOver.folder)).toHaveLength(1);
    await removeStaleParts(handOver.folder, { pid: 1, isAlive: () => false });
    expect(await readdir(handOver.folder)).toEqual([]);
  });

  browserTest('a real browser follows the page to the exact address', async (started) => {
    const { env, handOver } = await desktop({});
    const server = createServer((_, response) => response.end('there'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`${originOf(server)}/a?${new URL(ADDRESS).search.slice(1)}`).href;
    const path = await handOverPage(url, handOver, env, new AbortController().signal);
    const page = await started.newPage();
    await page.goto(`file://${path}`);
    await page.waitForURL(url);
    expect(await page.textContent('body')).toBe('there');
    await page.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
