// docs/architecture.md is true: its drawing has exactly the arrows of the source, and every row and step names files that exist.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

const drawn = [...page.matchAll(/^ {2}(\w+) (-->|-\.->) (\w+)$/gm)].map(
  ([, from, arrow, to]) => `${from} ${arrow} ${to}`,
);
const ROOMS = new Set(drawn.flatMap((line) => line.split(/ \S+ /)));

const roomOf = (path: string) => path.replace(/[/.].*$/, '');

/** `from --> to` for each two rooms of the drawing with an import between them; dotted when all imports are of types. */
function arrowsOfSource(): string[] {
  const src = join(ROOT, 'src');
  const solid = new Map<string, boolean>();
  for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    const path = name.replaceAll('\\', '/');
    if (!path.endsWith('.ts')) continue;
    const text = readFileSync(join(src, path), 'utf8');
    const imports = text.matchAll(
      /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'(?<from>\.[^']+)';|\bimport\('(?<lazy>\.[^']+)'\)/gm,
    );
    for (const { groups } of imports) {
      const target = posix.normalize(posix.join(posix.dirname(path), groups?.from ?? groups?.lazy ?? ''));
      const [from, to] = [roomOf(path), roomOf(target)];
      if (from === to || !ROOMS.has(from) || !ROOMS.has(to)) continue;
      const key = `${from} ${to}`;
      solid.set(key, (solid.get(key) ?? false) || groups?.type === undefined);
    }
  }
  return [...solid].map(([key, isSolid]) => key.replace(' ', isSolid ? ' --> ' : ' -.-> '));
}

test('the arrows of the drawing are the imports of the source', () => {
  expect(ROOMS.size).toBeGreaterThan(8);
  expect(drawn.toSorted()).toEqual(arrowsOfSource().sort());
});

test('every room of the source is on the page', () => {
  for (const name of readdirSync(join(ROOT, 'src'))) expect(page).toContain(`\`src/${name}`);
});

/** Steps and rows, each with the lines that continue it. Heads of tables make no claim. */
const claims = page
  .split('## The way of a token')[1]
  ?.split(/\n(?=\d+\. |\| )/)
  .filter((text) => /^(\d+\. |\| (?!what |---))/.test(text));

test('every step and every row names a file that exists', () => {
  expect(claims?.length).toBeGreaterThan(20);
  for (const claim of claims ?? []) {
    const paths = [...claim.matchAll(/`((?:src|test|schemas)\/[\w./-]+)`|\]\(([\w./]+)\)/g)].map(
      ([, path, link = '']) => path ?? posix.join('docs', link),
    );
    expect(paths, claim).not.toEqual([]);
    for (const path of paths) expect(existsSync(join(ROOT, path)), path).toBe(true);
  }
});
