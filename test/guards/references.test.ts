// Every source that a comment, a test name or a page cites is in the repository: sections of docs/protocol.md, cases of docs/cases.md, files.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const FOLDERS = ['.', '.ci', '.github', 'src', 'test', 'build', 'bench', 'docs', 'schemas'];
const TEXT = /\.(ts|mjs|cjs|js|php|sh|md|yml|json)$|^\.ci\//;
const NOT_OURS = /^(package-lock\.json|\.test-results\.json|src\/protocol\/generated\/.*)$/;
const THIS = 'test/guards/references.test.ts';

const files = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' }).map((name) =>
      join(folder, name).replaceAll('\\', '/'),
    ),
  )
  .filter((path) => TEXT.test(path) && !NOT_OURS.test(path) && path !== THIS);

const protocol = read('docs/protocol.md');
const sections = new Set([...protocol.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\b/gm)].map(([, number]) => number));
const [, traps = ''] = /^### 1\.11 .*\n([\s\S]*?)^### /m.exec(protocol) ?? [];
const trapCount = [...traps.matchAll(/^\d+\. /gm)].length;
const cases = new Set([...read('docs/cases.md').matchAll(/^\| (B\d{3}) \|/gm)].map(([, id]) => id));

/** `PROTOCOL 1.5`, `PROTOCOL 1.5, 1.6`, `PROTOCOL 1.1 to 1.8`, `PROTOCOL 1.11, 9` (a trap). */
const CITES_PROTOCOL = /\bPROTOCOL\b(?<list>(?:(?:,| and| to|) \d+(?:\.\d+)?(?![\w'-]|\.\d))*)/g;

/** What is wrong with the citations in a text, as `cited: reason`. */
function wrongCitations(text: string): string[] {
  const wrong: string[] = [];
  for (const { groups } of text.matchAll(CITES_PROTOCOL)) {
    const numbers = (groups?.list ?? '').match(/\d+(?:\.\d+)?/g) ?? [];
    if (numbers.length === 0) wrong.push('PROTOCOL: without a section');
    numbers.forEach((number, at) => {
      const isTrap = numbers[at - 1] === '1.11' && !number.includes('.');
      if (isTrap ? Number(number) > trapCount : !sections.has(number))
        wrong.push(`PROTOCOL ${number}: no such section in docs/protocol.md`);
    });
  }
  for (const [id] of text.matchAll(/\bB\d{3}\b/g))
    if (!cases.has(id)) wrong.push(`${id}: no such case in docs/cases.md`);
  for (const [name] of text.matchAll(/\bDESIGN\b|\b[Ii]ssue "\w+"|\bof the issue\b|\bthe issue's\b/g))
    wrong.push(`${name}: not in the repository`);
  return wrong;
}

/** Our files as a text names them, from the root of the repository. Patterns with `*`, imports, and what a build generates are not names. */
const NAMES_FILE =
  /(?<![\w./@-])(?:src(?!\/protocol\/generated)|test|docs|schemas|bench|build|\.ci|\.github)\/[\w./-]*\w(?![\w*/{}<…])/g;

function missingFiles(text: string): string[] {
  return [...text.matchAll(NAMES_FILE)].map(([path]) => path).filter((path) => !existsSync(join(ROOT, path)));
}

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

function brokenLinks(page: string): string[] {
  return [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
    ([link, path = '', anchor]) => {
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, target))) return [link];
      if (anchor === undefined) return [];
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      return headings.includes(anchor) ? [] : [link];
    },
  );
}

test('every comment, test name and page cites only what is here', () => {
  const wrong = files.flatMap((path) => {
    const text = read(path);
    return [...wrongCitations(text), ...missingFiles(text)].map((problem) => `${path}: ${problem}`);
  });
  expect(files.length).toBeGreaterThan(300);
  expect(wrong).toEqual([]);
});

test('every link of a page leads somewhere', () => {
  const pages = files.filter((path) => path.endsWith('.md'));
  expect(pages.flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))).toEqual([]);
});

describe('this guard sees what it is here to see', () => {
  test('sections, traps and cases are found on their pages', () => {
    expect(sections).toContain('1.13');
    expect(sections).toContain('2');
    expect(trapCount).toBe(15);
    expect(cases.size).toBe(108);
  });

  test.each([
    ['(PROTOCOL 1.99)', 'PROTOCOL 1.99: no such section in docs/protocol.md'],
    ['PROTOCOL 1.5 and 3.1', 'PROTOCOL 3.1: no such section in docs/protocol.md'],
    ['(PROTOCOL 1.11, 16)', 'PROTOCOL 16: no such section in docs/protocol.md'],
    ["PROTOCOL's six fields", 'PROTOCOL: without a section'],
    ['CASES B003', 'B003: no such case in docs/cases.md'],
    ['(DESIGN 2)', 'DESIGN: not in the repository'],
    ['(issue "invoke", 2)', 'issue "invoke": not in the repository'],
  ])('%s', (text, wrong) => expect(wrongCitations(text)).toEqual([wrong]));

  test.each(['PROTOCOL 1.1 to 1.8', '(PROTOCOL 1.11, 15)', 'PROTOCOL 2, "enum"', 'CASES B001 to B026'])(
    '%s is right',
    (text) => expect(wrongCitations(text)).toEqual([]),
  );

  test('files', () => {
    expect(missingFiles('see docs/none.md and `src/errors.ts`, ../../src/no.js')).toEqual(['docs/none.md']);
  });
});
