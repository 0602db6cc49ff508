// Bundles the program with its dependencies into dist/ (npm run build): few files, each loaded only when it is needed.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { chunkGroups } from './chunk-groups.mjs';
import { lazyBuiltins } from './lazy-builtins.mjs';
import { billOfMaterials, checkLicenses, licensesText, packageOf, packagesOf } from './supply-chain.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

/** commander can start other programs as subcommands. We have none, and the code for it would be loaded at every start. */
const withoutExecutables = {
  name: 'without-executables',
  resolveId: (id, importer) =>
    id === 'node:child_process' && /[\\/]commander[\\/]/.test(importer ?? '') ? '\0no-executables' : null,
  load: (id) => (id === '\0no-executables' ? 'export default {};' : null),
};

rmSync(dist, { recursive: true, force: true });
const program = await bundle('src/main.ts', {
  // CommonJS: Node 20 starts it faster than ES modules.
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  codeSplitting: { groups: chunkGroups((path) => join(root, path)), includeDependenciesRecursively: false },
});
// Shows the page of a finished login for some more seconds.
const pageHolder = await bundle('src/hold-page.ts', {
  format: 'cjs',
  entryFileNames: '[name].cjs',
  codeSplitting: false,
});
const library = await bundle('src/index.ts', {
  format: 'esm',
  entryFileNames: '[name].js',
  codeSplitting: false,
});
// `open` looks for its copy of xdg-open beside itself.
cpSync(join(root, 'node_modules/open/xdg-open'), join(dist, 'chunks/xdg-open'));
mkdirSync(join(root, '.test-build'), { recursive: true });
writeFileSync(join(root, '.test-build', 'chunks.json'), JSON.stringify(contentsOf(program), null, 2));
const packages = packagesOf(
  [...program, ...pageHolder, ...library].flatMap(({ modules }) => Object.keys(modules)),
);
checkLicenses(packages);
writeFileSync(join(dist, 'LICENSES.txt'), licensesText(packages));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(dist, 'sbom.cdx.json'),
  `${JSON.stringify(billOfMaterials(packages, manifest), null, 2)}
`,
);

/** Writes one bundle and returns its chunks. */
async function bundle(input, output) {
  const build = await rolldown({
    input,
    cwd: root,
    platform: 'node',
    // Parts with native code, where something else takes their place, and the client of NATS, which few need.
    external: ['@napi-rs/keyring', 'better-sqlite3', 'node:sqlite', /^@nats-io\//],
    // Its CommonJS form loads its parts in a way that no bundler follows.
    resolve: { alias: { 'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js') } },
    plugins: [withoutExecutables, lazyBuiltins(join(root, 'src'))],
    transform: { target: 'es2022' },
    // Code that both the start and the commands need stays in the file of the start, which exports it.
    preserveEntrySignatures: 'allow-extension',
  });
  const written = await build.write({ dir: dist, sourcemap: true, minify: true, ...output });
  await build.close();
  return written.output.filter(({ type }) => type === 'chunk');
}

/** The content of each chunk, for the test of what a command loads (test/guards/loading.test.ts). */
function contentsOf(chunks) {
  const packages = ({ modules }) => [
    ...new Set(Object.keys(modules).flatMap((path) => packageOf(path)?.name ?? [])),
  ];
  return Object.fromEntries(chunks.map((chunk) => [chunk.fileName, packages(chunk).sort()]));
}
