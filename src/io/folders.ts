// Where files live by platform convention (DESIGN 2).
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** The folder of `config.json` and `credentials/`: what the person named, else the platform's place. */
export function configFolder(named: string | undefined, cwd: string): string {
  return named ? resolve(cwd, named) : envPaths('bimservice', { suffix: '' }).config;
}

/** Lists from the network; beside the configuration, so that `--config-dir` moves everything. */
export function cacheFolder(configDir: string): string {
  return join(configDir, 'cache');
}
