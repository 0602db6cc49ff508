// Where files live by platform convention.
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { BimServiceError } from '../../errors.js';

/** The folder of `config.json` and `credentials/`: what the person named, else the platform's place. */
export async function configFolder(named: string | undefined, cwd: string): Promise<string> {
  if (named) return resolve(cwd, named);
  // env-paths asks for the home folder as it is loaded, and that throws where the account has none.
  const usual = await import('env-paths').then(
    ({ default: envPaths }) => envPaths('bimservice', { suffix: '' }).config,
    () => '',
  );
  // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification), and an empty HOME names no home: either
  // would put secrets into the folder one happens to work in.
  return isAbsolute(usual) ? usual : join(homeOfAccount(), '.config', 'bimservice');
}

function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch (error) {
    throw new BimServiceError('store-not-writable', 'this account has no home folder to keep anything in', {
      hint: 'Name a folder: --config-dir DIR or BIMSERVICE_CONFIG_DIR.',
      cause: error,
    });
  }
}

/** Lists from the network; beside the configuration, so that `--config-dir` moves everything. */
export function cacheFolder(configDir: string): string {
  return join(configDir, 'cache');
}
