// Checks the built site: each link leads to a page, a file or an anchor of the site, and nothing is loaded from another host.
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

const attribute = (tag, name) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1].replaceAll('&amp;', '&');

/**
 * Reads every file below `folder`, which is at the path `base` of its host. No network: an address of another host is not asked.
 * @returns {Promise<{pages: number, links: number, problems: string[]}>} each problem as `page: link: what is wrong`
 */
export async function checkLinks(folder, base) {
  const files = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const pages = new Map();
  const problems = [];
  for (const file of files.filter((name) => name.endsWith('.html'))) {
    const html = await readFile(join(folder, file), 'utf8');
    const tags =
      html.replace(/<!--[\s\S]*?-->|(?<=<script[^>]*>)[\s\S]*?(?=<\/script>)/g, '').match(/<[a-z][^>]*>/gi) ??
      [];
    pages.set(file, { tags, ids: new Set(tags.map((tag) => attribute(tag, 'id')).filter(Boolean)) });
  }
  // VitePress writes a page that it could not render without its text, and goes on.
  for (const [page, { tags }] of pages)
    if (page !== '404.html' && !tags.some((tag) => tag.startsWith('<h1 ')))
      problems.push(`${page}: has no text`);
  let links = 0;
  for (const [page, { tags }] of pages)
    for (const tag of tags)
      for (const link of [attribute(tag, 'href'), attribute(tag, 'src')].filter(
        (value) => value !== undefined,
      )) {
        links++;
        const wrong = wrongWith(page, tag, link);
        if (wrong !== undefined) problems.push(`${page}: ${link}: ${wrong}`);
      }
  for (const file of files.filter((name) => name.endsWith('.css'))) {
    const css = await readFile(join(folder, file), 'utf8');
    for (const [, url] of css.matchAll(/(?:url\(|@import)\s*["']?((?:https?:)?\/\/[^"')]+)/g))
      problems.push(`${file}: ${url}: loads from another host`);
  }
  return { pages: pages.size, links, problems };

  function wrongWith(page, tag, link) {
    if (/^(?:[a-z]+:|\/\/)/i.test(link))
      return tag.startsWith('<a ') || /^data:/.test(link) ? undefined : 'loads from another host';
    const { pathname, hash } = new URL(link, `https://site${base}${page}`);
    if (!pathname.startsWith(base)) return 'leaves the site';
    const path = decodeURI(pathname.slice(base.length));
    const target = path === '' || path.endsWith('/') ? posix.join(path, 'index.html') : path;
    if (!files.includes(target)) return 'does not exist';
    const anchor = decodeURIComponent(hash.slice(1));
    if (anchor !== '' && pages.get(target)?.ids.has(anchor) !== true) return 'no such anchor';
    return undefined;
  }
}
