// The built site (npm run docs) in a real browser on a phone: no page is wider than the screen, nothing fails or loads from elsewhere, the search finds.

import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { PAGES } from '../../site/pages.mjs';
import { browserTest } from '../support/chromium.js';

const SITE = fileURLToPath(new URL('../../.site/', import.meta.url));
const BASE = '/bimservice/';
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Serves the site at its path, at a free port. */
async function serveSite(): Promise<{ origin: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    readFile(join(SITE, pathname.replace(BASE, ''))).then(
      (body) => response.writeHead(200, { 'Content-Type': TYPES[extname(pathname)] ?? '' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

browserTest(
  'no page is wider than 320 px, has an error or loads from another host, and the search works',
  async (chromium) => {
    expect(existsSync(join(SITE, 'index.html')), 'the site is not built: npm run docs').toBe(true);
    await using server = await serveSite();
    const page = await chromium.newPage({ viewport: { width: 320, height: 640 } });
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(`${page.url()}: ${message}`));
    page.on('response', (response) => {
      if (response.status() !== 200) problems.push(`${page.url()}: ${response.url()}: ${response.status()}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(server.origin) && !url.startsWith('data:'))
        problems.push(`${page.url()}: loads ${url}`);
    });

    const names = readdirSync(SITE).filter((name) => name.endsWith('.html') && name !== '404.html');
    expect(names).toHaveLength(PAGES.length);
    for (const name of names) {
      await page.goto(`${server.origin}${BASE}${name}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (width !== 320) problems.push(`${name}: ${width} px wide`);
    }

    // The search is one of the page itself.
    await page.goto(`${server.origin}${BASE}gates.html`, { waitUntil: 'networkidle' });
    await page.click('.DocSearch-Button');
    await page.fill('.VPLocalSearchBox input', 'skip-done');
    await page.click('.VPLocalSearchBox a.result >> nth=0');
    await page.waitForURL(/pipelines\.html#many-models$/);
    expect(problems).toEqual([]);
  },
);
