// The consent in a real browser: the demo's provider, the command line, and Chromium.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser as Chromium, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import type { Browser } from '../../src/core/ports/login.js';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { startProvider } from '../../src/serve/provider.js';
import { browserTest, findChromium } from '../support/chromium.js';
import { Workspace } from '../support/cli.js';

/** A person with Chromium; `act` is what they do with the open page. */
function personAt(
  chromium: Chromium,
  act: (page: Page, url: string) => Promise<void>,
): Browser & { page: Promise<Page> } {
  let give: (page: Page) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const page = new Promise<Page>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  page.catch(() => {});
  return {
    page,
    async open(url) {
      try {
        const opened = await chromium.newPage({ viewport: { width: 800, height: 600 } });
        await act(opened, url);
        give(opened);
      } catch (error) {
        fail(error);
      }
    },
  };
}

const SHOTS = process.env.BIMSERVICE_SCREENSHOTS;
const shoot = (page: Page, name: string) =>
  SHOTS ? page.screenshot({ path: `${SHOTS}/${name}.png` }) : undefined;

async function setting() {
  const provider = await startProvider({ port: 0, host: '127.0.0.1', services: [duplicateGuids] });
  const workspace = await Workspace.create();
  return {
    argv: ['authorize', duplicateGuids.id, '--json', '--wait', '5m', '-r', provider.repositoryUrl],
    workspace,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

describe('authorize in Chromium', () => {
  browserTest('Allow: exit 0, and the page shows the outcome after the exchange', async (chromium) => {
    await using at = await setting();
    const person = personAt(chromium, async (page, url) => {
      await page.goto(url);
      await shoot(page, 'consent');
      await page.getByRole('button', { name: 'Allow' }).click();
    });
    const { code, stdout, stderr } = await at.workspace.run(at.argv, { browser: person });
    const page = await person.page;
    expect(stderr).toContain('is authorized');
    expect({ code, status: JSON.parse(stdout).status }).toEqual({ code: 0, status: 'authorized' });
    await expect.poll(() => page.title()).toMatch(/^Access granted/);
    expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback\//);
    await shoot(page, 'authorized');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, 'authorized-dark');
  });

  browserTest('B008: Deny: exit 4 at once, and the page says so', async (chromium) => {
    await using at = await setting();
    const person = personAt(chromium, async (page, url) => {
      await page.goto(url);
      await page.getByRole('button', { name: 'Deny' }).click();
    });
    const { code, stdout } = await at.workspace.run(at.argv, { browser: person });
    const page = await person.page;
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 4, error: 'access-denied' });
    await expect
      .poll(() => page.locator('body').textContent())
      .toMatch(/not authorized|denied|refused|did not/i);
    await shoot(page, 'denied');
  });

  browserTest(
    'B007: a forged state is refused on the page, and the login continues to wait',
    async (chromium) => {
      await using at = await setting();
      let refused = '';
      const person = personAt(chromium, async (page, url) => {
        const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
        const response = await page.goto(
          `${redirect}?code=forged&state=${encodeURIComponent('{"nonce":"forged"}')}`,
        );
        refused = `${response?.status()} ${await page.locator('body').textContent()}`;
        await shoot(page, 'tampered');
        await page.goto(url);
        await page.getByRole('button', { name: 'Allow' }).click();
      });
      const { code, stderr } = await at.workspace.run(at.argv, { browser: person });
      await person.page;
      expect(refused).toMatch(/^400 .*not for this login/s);
      expect(stderr).toContain('not for this login');
      expect(code).toBe(0);
    },
  );

  browserTest('the installed program opens it with --browser COMMAND', async () => {
    await using at = await setting();
    const script = await clickingBrowser(at.workspace);
    const { code, stdout, stderr } = await at.workspace.spawn(
      [...at.argv, '--browser', `"${process.execPath}" "${script}"`],
      { env: { CHROMIUM: findChromium() ?? '' } },
    );
    expect(stderr).toContain('is authorized');
    expect({ code, status: JSON.parse(stdout).status }).toEqual({ code: 0, status: 'authorized' });
    await expect
      .poll(() => readFile(join(at.workspace.folder, 'title.txt'), 'utf8').catch(() => ''))
      .toMatch(/^Access granted/);
  });
});

/** A browser that clicks Allow on the given address, and records the title of the page after that. */
async function clickingBrowser(workspace: Workspace): Promise<string> {
  const playwright = import.meta.resolve('playwright-core');
  const script = join(workspace.folder, 'click-allow.mjs');
  await writeFile(
    script,
    `import { writeFileSync } from 'node:fs';
import { chromium } from '${playwright}';
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage();
await page.goto(process.argv[2]);
await page.getByRole('button', { name: 'Allow' }).click();
await page.waitForURL(/callback/);
writeFileSync(new URL('title.txt', import.meta.url), await page.title());
await browser.close();
`,
  );
  return script;
}
