// Relative links of the repository on the site: to another page, or to the file at GitHub where the site does not have it.
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileOf, nameOf, PAGES } from '../pages.mjs';

/**
 * Adapts the links and pictures of each page that `md` (markdown-it, as VitePress calls it) reads.
 * Throws where a link names a file that does not exist.
 */
export function repositoryLinks(md, { root, repository }) {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const page = fileOf(env.relativePath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const attribute = { link_open: 'href', image: 'src' }[token.type];
      if (attribute === undefined) continue;
      const [, path, anchor = ''] = /^([^#]*)(#.*)?$/.exec(token.attrGet(attribute));
      if (path === '' || /^[a-z]+:/i.test(path)) continue;
      token.attrSet(attribute, addressOf(page, decodeURI(path)) + anchor);
    }
  });

  function addressOf(page, path) {
    const file = posix.join(posix.dirname(page), path).replace(/\/$/, '');
    if (PAGES.includes(file) || file.endsWith('.svg')) return `./${nameOf(file)}`;
    if (!existsSync(join(root, file))) throw new Error(`${page}: ${path} does not exist`);
    return `${repository}/${statSync(join(root, file)).isDirectory() ? 'tree' : 'blob'}/main/${file}`;
  }
}
