// The folders for configuration and cache, by the conventions of the platform.
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { BimServiceError } from '../../errors.js';

/** The folder of `config.json` and `credentials/`: the one that the person named, otherwise the platform's default. */
export async function configFolder(named: string | undefined, cwd: string): Promise<string> {
  if (named) return resolve(cwd, named);
  // env-paths reads the home folder when it is loaded, and throws when the account has none.
  const usual = await import('env-paths').then(
    ({ default: envPaths }) => envPaths('bimservice', { suffix: '' }).config,
    () => '',
  );
  // A relative XDG_CONFIG_HOME must be ignored (XDG Base Directory Specification), and an empty HOME names no folder.
  // Both would put secrets into the current working folder.
  return isAbsolute(usual) ? usual : join(homeOfAccount(), '.config', 'bimservice');
}

function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch (error) {
    throw new BimServiceError('store-not-writable', 'this account has no home folder for the configuration', {
      hint: 'Name a folder: --config-dir DIR or BIMSERVICE_CONFIG_DIR.',
      cause: error,
    });
  }
}

/** The folder for cached lists. It is below the configuration folder, so that `--config-dir` moves everything. */
export function cacheFolder(configDir: string): string {
  return join(configDir, 'cache');
}
