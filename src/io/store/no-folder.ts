// The store of an account without a home folder: nothing is stored, and runs that need no store still work.
import type { ConfigFile } from '../../core/ports/config.js';
import type { RecordStore } from '../../core/ports/credentials.js';
import type { ListCache } from '../../core/ports/list-cache.js';
import { BimServiceError } from '../../errors.js';
import { EMPTY_CONFIG } from './config-file.js';

const WHY = 'this account has no home folder: nothing is stored';
const HINT = 'Name a folder: --config-dir DIR or BIMSERVICE_CONFIG_DIR.';

/** An empty configuration. `warn` is called once, at the first read. */
export function noConfigFile(warn: (line: string) => void): ConfigFile {
  let warned = false;
  return {
    path: '(none)',
    read() {
      if (!warned) warn(`${WHY}. ${HINT}`);
      warned = true;
      return EMPTY_CONFIG;
    },
    async update() {
      throw noFolder();
    },
  };
}

/** Records that never exist. Storing one throws `store-not-writable`. */
export function noRecords(): RecordStore {
  return {
    kindOf: async () => 'files',
    read: async () => null,
    remove: async () => false,
    keys: async () => [],
    removeCopies: async () => 0,
    setAside: async () => 'nothing is stored',
    async write() {
      throw noFolder();
    },
    async lock() {
      throw noFolder();
    },
    async probe() {
      throw noFolder();
    },
  };
}

/** A cache that stores nothing. */
export function noListCache(): ListCache {
  return { read: async () => null, write: async () => {} };
}

function noFolder(): BimServiceError {
  return new BimServiceError('store-not-writable', WHY, { hint: HINT });
}
