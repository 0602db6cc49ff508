// Before a run (vitest's globalSetup): tests of the built program do not run against a build that is older than its source.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a build makes, how a test names it, and how to make it again. */
const BUILDS = [
  { made: 'dist/main.cjs', named: /dist\/main\.cjs|bin\/bimservice\.js/, command: 'npm run build' },
  { made: '.test-build/main.js', named: /\.test-build\//, command: 'npm run build:test' },
];

export default async function checkBuild(project: TestProject): Promise<void> {
  const stale = staleBuilds(ROOT);
  if (stale.length === 0) return;

  const filters = process.argv.slice(2).filter((word) => word !== 'run' && !word.startsWith('-'));
  const selected = await project.globTestFiles(filters);
  const { testFiles } = selected.testFiles.length > 0 ? selected : await project.globTestFiles();
  const texts = testFiles.map((file) => withImports(file).join('\n'));
  const needed = stale.filter(({ named }) => texts.some((text) => named.test(text)));
  if (needed.length > 0)
    throw new Error(needed.map(({ reason, command }) => `${reason}: ${command}`).join('\n'));
}

/** The builds of a checkout that are missing or older than its `src`, each with the reason. */
export function staleBuilds(root: string): ((typeof BUILDS)[number] & { reason: string })[] {
  const newest = newestSource(join(root, 'src'));
  return BUILDS.flatMap((build) => {
    const made = join(root, build.made);
    if (!existsSync(made)) return [{ ...build, reason: `${build.made} is missing` }];
    if (statSync(made).mtimeMs >= newest.mtimeMs) return [];
    return [{ ...build, reason: `${build.made} is older than ${relative(root, newest.path)}` }];
  });
}

/** The file or folder that changed last; a folder changes when a file in it is added or removed. What a build generates does not count. */
function newestSource(folder: string): { path: string; mtimeMs: number } {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^protocol([\\/]generated([\\/].*)?)?$/.test(name))
    .map((name) => ({ path: join(folder, name), mtimeMs: statSync(join(folder, name)).mtimeMs }))
    .reduce((newest, each) => (each.mtimeMs > newest.mtimeMs ? each : newest));
}

/** The text of a file of the tests and of all that it imports from beside it. */
export function withImports(file: string, seen = new Set<string>()): string[] {
  const source = file.replace(/\.js$/, '.ts');
  if (seen.has(source) || !existsSync(source)) return [];
  seen.add(source);
  const text = readFileSync(source, 'utf8');
  const named = [...text.matchAll(/['"](\.\.?\/(?:[\w-]+\/|\.\.\/)*[\w.-]+\.(?:js|mjs))['"]/g)];
  return [
    text,
    ...named.flatMap(([, path = '']) => {
      const target = resolve(dirname(source), path);
      return relative(ROOT, target).startsWith('test') ? withImports(target, seen) : [];
    }),
  ];
}
