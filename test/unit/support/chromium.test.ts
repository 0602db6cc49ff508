// A Chromium is found at the configured path; a missing one is reported or a failure, never silent.

import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { browserPlan, browserTest, findChromium } from '../../support/chromium.js';
import { tempDir } from '../../support/fixtures.js';
import { StrictServer } from '../../support/strict-server.js';

test('checks CHROMIUM, then PATH, for an executable', async () => {
  await using dir = await tempDir();
  const program = await dir.write('chromium-browser', '#!/bin/sh\n');
  expect(findChromium({ PATH: dir.path })).toBeUndefined();
  await chmod(program, 0o755);
  expect(findChromium({ PATH: `/nowhere:${dir.path}` })).toBe(program);
  expect(findChromium({ PATH: '', CHROMIUM: program })).toBe(program);
  expect(findChromium({ PATH: dir.path, CHROMIUM: '/nowhere' })).toBeUndefined();
});

test('none: a skip that says how to get one, or a failure where one is required', () => {
  expect(browserPlan({ PATH: '' })).toEqual({ skip: expect.stringContaining('apt-get install chromium') });
  expect(browserPlan({ PATH: '', BIMSERVICE_REQUIRE_BROWSER: '1' })).toEqual({
    fail: expect.stringContaining('apt-get install chromium'),
  });
});

browserTest('a real browser reads a page of a fake', async (browser) => {
  await using server = await StrictServer.start({
    page: {
      method: 'GET',
      path: '/',
      handle: () => ({ status: 200, headers: [['Content-Type', 'text/html']], body: '<h1>Hi</h1>' }),
    },
  });
  const page = await browser.newPage();
  await page.goto(server.origin);
  expect(await page.textContent('h1')).toBe('Hi');
  server.assertDone();
});
