// Where files live by platform convention (DESIGN 2).
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** The folder of `config.json` and `credentials/`: what the person named, else the platform's place. */
export function configFolder(named: string | undefined, cwd: string): string {
  if (named) return resolve(cwd, named);
  const usual = envPaths('bimservice', { suffix: '' }).config;
  // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification), and an empty HOME names no home: either
  // would put secrets into the folder one happens to work in.
  return isAbsolute(usual) ? usual : join(userInfo().homedir, '.config', 'bimservice');
}

/** Lists from the network; beside the configuration, so that `--config-dir` moves everything. */
export function cacheFolder(configDir: string): string {
  return join(configDir, 'cache');
}
