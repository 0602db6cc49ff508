// The size of an installation without optional parts.

import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPacked } from '../packed.mjs';
import { limitRow, megabytes } from '../rows.mjs';

const LIMIT_BYTES = 15_000_000;
const LIMIT_PACKAGES = 70;

/** Nothing here depends on time, so one run is enough. */
export const runs = 1;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment }) {
  const { folder } = await installPacked(environment.root);
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  return [
    limitRow({ work: 'installed size', value: await bytesIn(modules), limit: LIMIT_BYTES, show: megabytes }),
    limitRow({
      work: 'installed packages, ours included',
      value: Object.keys(packages).length,
      limit: LIMIT_PACKAGES,
      show: String,
    }),
  ];
}

/** @param {string} folder */
async function bytesIn(folder) {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
