// Bundles one program or library with its dependencies, in the way that all bundles of this project are made.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { chunkGroups, READING_CHUNK } from './chunk-groups.mjs';
import { lazyBuiltins } from './lazy-builtins.mjs';

/** The root of the project, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/** commander can start other programs as subcommands. We have none, and the code for it would be loaded at every start. */
const withoutExecutables = {
  name: 'without-executables',
  resolveId: (id, importer) =>
    id === 'node:child_process' && /[\\/]commander[\\/]/.test(importer ?? '') ? '\0no-executables' : null,
  load: (id) => (id === '\0no-executables' ? 'export default {};' : null),
};

/** The files that every command loads, with their compiled code (bin/code-cache.js). */
const CACHED = ['main', READING_CHUNK];

/**
 * V8 reads a file of ASCII alone twice as fast. No package of ours has such a character in a place where an escape is text.
 * The hash is that by which bin/code-cache.js knows the compiled code of just this file.
 */
const prepareForCache = {
  name: 'prepare-for-cache',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk' || !CACHED.includes(file.name)) continue;
      const code = file.code.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      file.code = `${code}\n//${createHash('sha256').update(code).digest('hex').slice(0, 32)}`;
    }
  },
};

/** How the bundle of src/main.ts is written. */
export const PROGRAM = {
  // CommonJS: Node 20 starts it faster than ES modules.
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // Code that was compiled by an earlier start cannot `import()`. No package that stays outside needs it.
  dynamicImportInCjs: false,
  // bin/bimservice.js knows the one file by its name.
  chunkFileNames: ({ name }) => (name === READING_CHUNK ? 'chunks/[name].cjs' : 'chunks/[name]-[hash].cjs'),
  codeSplitting: { groups: chunkGroups((path) => join(root, path)), includeDependenciesRecursively: false },
};

/** The small programs (src/small-programs.ts); the one-file program has no `check-update`. */
export const SMALL_PROGRAMS = ['hold-page', 'run-commands', 'check-update'];

/** How their bundles are written. */
export const SMALL_PROGRAM = { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false };

/** Writes the bundle of `input` as `output` says, and returns its chunks. `define` replaces expressions by texts of source. */
export async function roll(input, output, define = {}) {
  const build = await rolldown({
    input,
    cwd: root,
    platform: 'node',
    // Parts with native code, where something else takes their place, and the client of NATS, which few need.
    external: ['@napi-rs/keyring', 'better-sqlite3', 'node:sqlite', /^@nats-io\//],
    // Its CommonJS form loads its parts in a way that no bundler follows.
    resolve: { alias: { 'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js') } },
    // A part that loads later in the program may be needed at once in the library, which has the same source.
    checks: { ineffectiveDynamicImport: false },
    plugins: [withoutExecutables, lazyBuiltins(join(root, 'src')), prepareForCache],
    transform: { target: 'es2022', define },
    // Code that both the start and the commands need stays in the file of the start, which exports it.
    preserveEntrySignatures: 'allow-extension',
  });
  const written = await build.write({ sourcemap: true, minify: true, ...output });
  await build.close();
  return written.output.filter(({ type }) => type === 'chunk');
}
