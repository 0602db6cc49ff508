// Bundles the program with its dependencies into dist/ (npm run build): few files, each loaded only when it is needed.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM, roll, root, SMALL_PROGRAM, SMALL_PROGRAMS } from './roll.mjs';
import { billOfMaterials, checkLicenses, licensesText, packageOf, packagesOf } from './supply-chain.mjs';

const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
const program = await roll('src/main.ts', { dir: dist, ...PROGRAM });
const small = [];
for (const name of SMALL_PROGRAMS)
  small.push(...(await roll(`src/${name}.ts`, { dir: dist, ...SMALL_PROGRAM })));
const library = await roll(
  'src/index.ts',
  {
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'library/[name]-[hash].js',
    // The maps of the program are for reports of defects; twice they would be half of the package.
    sourcemap: false,
  },
  { PACKAGE_VERSION: JSON.stringify(manifest.version) },
);
// `open` looks for its copy of xdg-open beside itself.
for (const folder of ['chunks', 'library'])
  cpSync(join(root, 'node_modules/open/xdg-open'), join(dist, folder, 'xdg-open'));
mkdirSync(join(root, '.test-build'), { recursive: true });
writeFileSync(join(root, '.test-build', 'chunks.json'), JSON.stringify(contentsOf(program), null, 2));
const packages = packagesOf(
  [...program, ...small, ...library].flatMap(({ modules }) => Object.keys(modules)),
);
checkLicenses(packages);
writeFileSync(join(dist, 'LICENSES.txt'), licensesText(packages));
writeFileSync(
  join(dist, 'sbom.cdx.json'),
  `${JSON.stringify(billOfMaterials(packages, manifest), null, 2)}
`,
);

/** The content of each chunk, for the test of what a command loads (test/guards/loading.test.ts). */
function contentsOf(chunks) {
  const packages = ({ modules }) => [
    ...new Set(Object.keys(modules).flatMap((path) => packageOf(path)?.name ?? [])),
  ];
  return Object.fromEntries(chunks.map((chunk) => [chunk.fileName, packages(chunk).sort()]));
}
