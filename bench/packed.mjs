// Packs the package as users get it, and installs it without its optional parts into an empty folder.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { output, PROJECT } from './environment.mjs';

/** @type {Promise<{ folder: string, tarball: string, env: Record<string, string> }> | undefined} */
let installed;

/**
 * Installs at the first call. The packages come from npm's cache, or from npm's registry.
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
  // Without scripts: they would build again, and the other cases measure the existing build.
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
  return { folder, tarball, env };
}

/** The environment of npm with the settings of the user, without those that `npm run` adds for its child processes. */
function npmEnvironment() {
  const inherited = /^npm_(?!config_)|^npm_config_local_prefix$|^(?:NODE_OPTIONS|BIMSERVICE_.*)$/i;
  const own = Object.entries(process.env).filter(([name]) => !inherited.test(name));
  return /** @type {Record<string, string>} */ (
    Object.fromEntries([...own, ['npm_config_update_notifier', 'false']])
  );
}
