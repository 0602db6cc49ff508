// The package as a user gets it: packed, and installed without its optional parts into an empty folder.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { output, PROJECT } from './stand.mjs';

/** @type {Promise<{ folder: string, env: Record<string, string> }> | undefined} */
let installed;

/**
 * Installs at the first call. The packages come from npm's cache, or from where npm gets them.
 * @param {string} root
 */
export function installPacked(root) {
  installed ??= install(join(root, 'packed'));
  return installed;
}

/** @param {string} folder */
async function install(folder) {
  await mkdir(folder);
  const env = npmEnvironment();
  /** @param {string[]} argv @param {string} cwd */
  const npm = (argv, cwd) => output({ program: 'npm', argv, cwd, env });
  // Without scripts: they would build anew, and another build is not what the other cases measure.
  const packed = await npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], PROJECT);
  const tarball = join(folder, packed.trim());
  const without = [
    '--omit=dev',
    '--omit=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--silent',
  ];
  await npm(['init', '--yes', '--silent'], folder);
  await npm(['install', ...without, tarball], folder);
  return { folder, env };
}

/** npm with the settings of whoever runs the bench, but not those that one `npm run` hands to what it starts. */
function npmEnvironment() {
  const inherited = /^npm_(?!config_)|^npm_config_local_prefix$|^(?:NODE_OPTIONS|BIMSERVICE_.*)$/i;
  const own = Object.entries(process.env).filter(([name]) => !inherited.test(name));
  return /** @type {Record<string, string>} */ (
    Object.fromEntries([...own, ['npm_config_update_notifier', 'false']])
  );
}
