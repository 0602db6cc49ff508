// Patterns in the place of models and results, on real folders.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expandPatterns as expand } from '../../src/io/files/file-patterns.js';

let cwd: string;
const expandPatterns = (words: string[], folder: string, onTwice: (word: string) => void = () => {}) =>
  expand(words, folder, 'model-unreadable', {}, onTwice);
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'bimservice-patterns-'));
  await mkdir(join(cwd, 'models', 'east', 'upper'), { recursive: true });
  const files = [
    'models/b.ifc',
    'models/a.ifc',
    'models/east/c.ifc',
    'models/east/upper/d.ifczip',
    'models/notes.txt',
    'house [1].ifc',
  ];
  for (const file of files) await writeFile(join(cwd, file), '');
});
afterAll(() => rm(cwd, { recursive: true }));

test.each<[string, string[], string[]]>([
  ['no pattern', ['x.ifc', '-', 'models/a.ifc'], ['x.ifc', '-', 'models/a.ifc']],
  ['a name', ['models/*.ifc'], ['models/a.ifc', 'models/b.ifc']],
  ['any folder', ['models/**/*.ifc'], ['models/a.ifc', 'models/b.ifc', 'models/east/c.ifc']],
  [
    'two endings',
    ['models/**/*.{ifc,ifczip}'],
    ['models/a.ifc', 'models/b.ifc', 'models/east/c.ifc', 'models/east/upper/d.ifczip'],
  ],
  ['one character', ['models/?.ifc'], ['models/a.ifc', 'models/b.ifc']],
  ['a file that has this name', ['house [1].ifc'], ['house [1].ifc']],
  ['twice, once by name', ['models/b.ifc', 'models/*.ifc'], ['models/b.ifc', 'models/a.ifc']],
])('%s', async (_, words, paths) => {
  expect(await expandPatterns(words, cwd)).toEqual(paths);
});

test('an absolute pattern gives absolute paths', async () => {
  expect(await expandPatterns([join(cwd, 'models', '*.ifc')], '/')).toEqual([
    join(cwd, 'models', 'a.ifc'),
    join(cwd, 'models', 'b.ifc'),
  ]);
});

test.each(['models/*.rvt', 'nowhere/**/*.ifc', 'models/east[', 'models'.concat('/*')])(
  '%s: no folder counts, and no match is an error',
  async (pattern) => {
    const expanded = expandPatterns([pattern], cwd);
    if (pattern === 'models/*')
      expect(await expanded).toEqual(['models/a.ifc', 'models/b.ifc', 'models/notes.txt']);
    else
      await expect(expanded).rejects.toMatchObject({
        code: 'model-unreadable',
        message: `no file matches ${pattern}`,
      });
  },
);

test('a file that is named twice is there once, and the second word is reported', async () => {
  const twice: string[] = [];
  const words = ['models/a.ifc', './models/a.ifc', 'models/*.ifc', join(cwd, 'models/b.ifc'), '-', '-'];
  expect(await expandPatterns(words, cwd, (word) => twice.push(word))).toEqual([
    'models/a.ifc',
    'models/b.ifc',
    '-',
    '-',
  ]);
  expect(twice).toEqual(['./models/a.ifc', join(cwd, 'models/b.ifc')]);
});
