// The stores of a run: configuration, credential files and lists; empty ones when the account has no home folder.
import { resolve } from 'node:path';
import type { ConfigFile } from '../../core/ports/config.js';
import type { RecordStore } from '../../core/ports/credentials.js';
import type { ListCache } from '../../core/ports/list-cache.js';
import type { Clock } from '../../core/ports/system.js';
import type { Reporter } from '../../core/ports/terminal.js';
import { cacheFolder, credentialFolder, usualConfigFolder } from '../files/folders.js';
import type { Liveness } from '../files/unfinished-files.js';
import { createCleanUp } from './clean-up.js';
import { createConfigFile } from './config-file.js';
import { createCredentialFiles } from './credential-files.js';
import { checkFolder } from './folder-safety.js';
import { createListCache } from './list-cache.js';
import { holderText, type LockHolder } from './lock-errors.js';
import { noConfigFile, noListCache, noRecords } from './no-folder.js';

export interface Stores {
  config: ConfigFile;
  files: RecordStore;
  listCache: ListCache;
}

/** The folder that a person named, otherwise the platform's default; null when the account has none. */
export async function configFolder(
  named: string | undefined,
  place: { readonly cwd: string; env: Readonly<Record<string, string | undefined>> },
): Promise<string | null> {
  // The working folder is needed only for a named folder, because it may have been deleted.
  return named ? resolve(place.cwd, named) : usualConfigFolder(place.env.HOME);
}

/** The stores in `configDir`. Nothing is read or written before the first use. */
export function openStores(
  configDir: string | null,
  run: Liveness & { clock: Clock },
  reporter: Reporter,
): Stores {
  const warn = (line: string) => reporter.warn(line);
  if (configDir === null) return { config: noConfigFile(warn), files: noRecords(), listCache: noListCache() };
  const { pid, isAlive, clock } = run;
  const shared = { warn, pid, isAlive, cleanUp: createCleanUp(configDir, { pid, isAlive }) };
  const now = () => clock.now();
  const onHeld = (holder: LockHolder) =>
    reporter.info(`waiting for ${holderText(holder)}, which uses the same credentials`);
  let checked: Promise<void> | undefined;
  const openSafely = async () => {
    checked ??= checkFolder(configDir, warn);
    await checked;
    await shared.cleanUp();
  };
  const folder = credentialFolder(configDir);
  return {
    config: createConfigFile({ ...shared, now, folder: configDir }),
    files: createCredentialFiles({ ...shared, now, folder, onHeld, cleanUp: openSafely }),
    listCache: createListCache(cacheFolder(configDir), shared),
  };
}
