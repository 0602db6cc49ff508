// The site of docs/ (npm run docs). The Markdown files stay as GitHub shows them; links and drawings are adapted here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { nameOf, SIDEBAR } from '../pages.mjs';
import { blocks } from './blocks.mjs';
import { repositoryLinks } from './links.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REPOSITORY = 'https://github.com/bimservice/bimservice';

const titleOf = (file) =>
  file === 'README.md'
    ? 'Overview'
    : /^# (.*)$/m.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1].replace(/`|:.*$/g, '');

export default defineConfig({
  // The folder of the site at its host: https://bimservice.github.io/bimservice/
  base: '/bimservice/',
  lang: 'en-US',
  title: 'bimservice',
  description: 'Send building models (IFC) to BIM services and save the results',
  srcDir: '.pages',
  outDir: '../.site',
  cacheDir: './node_modules/.vitepress',
  // No picture of the site in a tab: without this, a browser asks for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  router: { prefetchLinks: false },
  markdown: {
    // The anchors of GitHub, so that a link works in both places. `{…}` is text, as it is there.
    anchor: { slugify: slug },
    attrs: { disable: true },
    config: (md) => {
      repositoryLinks(md, { root: ROOT, repository: REPOSITORY });
      blocks(md);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: SIDEBAR.map(({ text, pages }) => ({
      text,
      items: pages.map((file) => ({ text: titleOf(file), link: `/${nameOf(file)}` })),
    })),
    nav: [{ text: 'GitHub', link: REPOSITORY }],
    outline: { level: [2, 3] },
    editLink: {
      // The reader's browser gets this function as text, so it uses nothing from around it.
      pattern: ({ filePath }) =>
        `https://github.com/bimservice/bimservice/edit/main/${filePath === 'index.md' ? 'README.md' : `docs/${filePath}`}`,
      text: 'Edit this page on GitHub',
    },
  },
});
