// The site has every page of docs/ in its sidebar, and its link check sees what is wrong.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkLinks } from '../../site/check-links.mjs';
import { fileOf, nameOf, PAGES } from '../../site/pages.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the sidebar has README and every page of docs once, and no other (site/pages.mjs)', () => {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  expect(PAGES.toSorted()).toEqual(['README.md', ...docs.map((name) => `docs/${name}`)]);
});

test('a page has one name on the site, which leads back to it', () => {
  expect(PAGES.map(nameOf).map(fileOf)).toEqual(PAGES);
});

test('the lock file of the site says what is installed, not from where', () => {
  const text = readFileSync(join(ROOT, 'site/package-lock.json'), 'utf8');
  expect(JSON.parse(text)).toHaveProperty(['packages', 'node_modules/vitepress', 'integrity']);
  expect(text).not.toContain('"resolved"');
});

/** Writes a built site, and returns what the link check finds wrong with it. */
async function problemsOf(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-site-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return (await checkLinks(folder, '/base/')).problems;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const OTHER = '<h1 id="other">Other</h1><h2 id="größe">Size</h2>';

test.each([
  ['<a href="/base/other.html">', []],
  ['<a href="./other.html#other">', []],
  ['<a href="other.html#gr%C3%B6%C3%9Fe">', []],
  ['<a href="#here"> <p id="here">', []],
  ['<a href="/base/">', []],
  ['<a href="https://example.org/"> <img src="data:image/png;base64,AA">', []],
  ['<pre>&lt;a href="none.html"&gt;</pre>', []],
  ['<script>const text = \'<a href="none.html">\';</script>', []],
  ['<a href="none.html">', ['index.html: none.html: does not exist']],
  ['<img src="none.svg">', ['index.html: none.svg: does not exist']],
  ['<a class="x" href="/base/other.html#none">', ['index.html: /base/other.html#none: no such anchor']],
  ['<a href="#none">', ['index.html: #none: no such anchor']],
  ['<a href="/other.html">', ['index.html: /other.html: leaves the site']],
  [
    '<script src="https://example.org/x.js"></script>',
    ['index.html: https://example.org/x.js: loads from another host'],
  ],
  [
    '<link rel="stylesheet" href="//example.org/x.css">',
    ['index.html: //example.org/x.css: loads from another host'],
  ],
])('%s', async (html, problems) => {
  const index = `<h1 id="top">Top</h1>${html}`;
  expect(await problemsOf({ 'index.html': index, 'other.html': OTHER })).toEqual(problems);
});

test('a page without its text, and a font of another host', async () => {
  const css = '@font-face { src: url(https://example.org/font.woff2) }';
  expect(await problemsOf({ 'index.html': '<main></main>', 'assets/style.css': css })).toEqual([
    'index.html: has no text',
    'assets/style.css: https://example.org/font.woff2: loads from another host',
  ]);
});
