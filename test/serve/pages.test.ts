// The pages of the provider in a real browser: narrow and wide, light and dark, with the keyboard alone.
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { Users } from '../../src/serve/oauth/users.js';
import { startProvider } from '../../src/serve/provider.js';
import { createMemoryStore } from '../../src/serve/store/memory.js';
import { browserTest } from '../support/chromium.js';
import * as client from '../unit/serve/support.js';

const LONG =
  'A service with a name that is much longer than a telephone is wide, and a-word-without-any-blank-in-it';
const PASSWORD = 'correct horse battery';

async function provider() {
  const store = createMemoryStore(Date.now);
  const users = new Users(store, Date.now);
  await users.add('anna', PASSWORD);
  return startProvider({
    port: 0,
    host: '127.0.0.1',
    store,
    users,
    services: [client.countingService('count', LONG), client.countingService('other')],
  });
}

/** Whether the page scrolls sideways, and its colors. */
async function look(page: Page): Promise<{ sideways: boolean; ground: string; ink: string }> {
  return page.evaluate(`({
    sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
  })`);
}

/** The field or button that has the focus; null when it has left the page. */
function focusedIn(page: Page): Promise<{ name: string; outline: string } | null> {
  return page.evaluate(`(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) return null;
    const name = activeElement.tagName === 'BUTTON' ? activeElement.value : activeElement.name;
    return { name, outline: getComputedStyle(activeElement).outlineStyle };
  })()`);
}

const brightness = (color: string) =>
  (color.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;

async function opened(browser: Browser, url: string, width: number, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  await page.goto(url);
  return page;
}

browserTest('the status and the consent page fit 320 and 1280 columns, light and dark', async (browser) => {
  await using served = await provider();
  const registered = await client.registerClient(served);
  const pages = [`${served.origin}/`, client.authorizeUrl(served, registered.id)];
  for (const url of pages)
    for (const width of [320, 1280])
      for (const scheme of ['light', 'dark'] as const) {
        const page = await opened(browser, url, width, scheme);
        const { sideways, ground, ink } = await look(page);
        expect(sideways, `${url} at ${width}`).toBe(false);
        const isDark = scheme === 'dark';
        expect(brightness(ground) < 128, `${url} ${scheme}: ${ground}`).toBe(isDark);
        expect(Math.abs(brightness(ground) - brightness(ink))).toBeGreaterThan(150);
        await page.close();
      }
});

browserTest('the last runs are read on a telephone without scrolling in a table', async (browser) => {
  const services = [client.countingService('count', LONG)];
  await using served = await startProvider({ port: 0, host: '127.0.0.1', services });
  const token = await client.getToken(served);
  await client.ask(`${served.origin}/services/count`, {
    headers: { Authorization: `Bearer ${token}` },
    body: 'model',
  });
  const page = await opened(browser, `${served.origin}/`, 320, 'light');
  const cells = page.locator('td[data-head="Outcome"]');
  await expect.poll(() => cells.count()).toBe(1);
  const box = await cells.first().boundingBox();
  expect(box === null ? 0 : box.x + box.width).toBeLessThanOrEqual(320);
  const head = `getComputedStyle(document.querySelector('td[data-head="Outcome"]'), '::before').content`;
  expect(await page.evaluate(head)).toBe('"Outcome"');
  const inner = await page.evaluate(
    `[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length`,
  );
  expect(inner).toBe(0);
  await page.close();
});

browserTest('a wrong password gets the form again, with the service that was selected', async (browser) => {
  await using served = await provider();
  const registered = await client.registerClient(served);
  const page = await opened(browser, client.authorizeUrl(served, registered.id), 320, 'dark');
  await page.check('input[value="other"]');
  await page.fill('input[name="user"]', 'anna');
  await page.fill('input[name="password"]', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.fault');
  expect(await page.isChecked('input[value="other"]')).toBe(true);
  await page.close();
});

browserTest('the consent is given with the keyboard alone, in the order of the page', async (browser) => {
  await using served = await provider();
  const registered = await client.registerClient(served);
  const page = await opened(browser, client.authorizeUrl(served, registered.id), 320, 'light');
  const order: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press('Tab');
    const focused = await focusedIn(page);
    if (focused === null) break;
    expect(focused.outline, focused.name).toBe('solid');
    order.push(focused.name);
  }
  expect(order.slice(-4)).toEqual(['user', 'password', 'allow', 'deny']);
  await page.focus('input[name="service"]');
  await page.keyboard.press('Space');
  await page.fill('input[name="user"]', 'anna');
  await page.focus('input[name="password"]');
  await page.keyboard.type(PASSWORD);
  const callback = page.waitForRequest((request) => request.url().startsWith(client.CALLBACK));
  // Enter is the first button: who has typed a password wants to go on.
  await page.keyboard.press('Enter');
  expect(new URL((await callback).url()).searchParams.get('code')).toMatch(/./);
  await page.close();
});
