// Puts credentials from BIMSERVICE_CREDENTIALS or BIMSERVICE_CREDENTIALS_FILE in front of the store: the environment wins.
import type { BundleSource, RecordStore } from '../ports/credentials.js';
import { REGISTRATION_PREFIX } from './credential-records.js';

/** A store that reads the bundles first. Calls `onLost` once when a refreshed token could not be written back. */
export function createBundleStore(base: RecordStore, source: BundleSource, onLost: () => void): RecordStore {
  // What this run has written itself counts, even if it could not be written back.
  const written = new Map<string, string>();
  let isReported = false;
  const recordIn = async (key: string) => {
    const bundle = (await source.load()).find(({ records }) => Object.hasOwn(records, key));
    return bundle?.records[key] ?? null;
  };
  return {
    kindOf: async (key) => ((await recordIn(key)) === null ? base.kindOf(key) : 'bundle'),
    read: async (key) => written.get(key) ?? (await recordIn(key)) ?? base.read(key),
    async write(key, text) {
      const bundles = await source.load();
      const bundle = bundles.find(({ records }) => Object.hasOwn(records, key));
      if (bundle === undefined) return base.write(key, text);
      bundle.records[key] = text;
      written.set(key, text);
      if ((await source.save(bundles)) || isReported) return;
      isReported = true;
      onLost();
    },
    remove: (key) => base.remove(key),
    // What the environment gives is not stored here.
    keys: () => base.keys(),
    removeCopies: () => base.removeCopies(),
    setAside: async (key) => `the record ${key} of the given credentials is damaged`,
    async lock(key, signal, wait) {
      if ((await recordIn(key)) === null) return base.lock(key, signal, wait);
      // The file has one lock, and a refresh that holds it for its token may change the registration as well.
      return key.startsWith(REGISTRATION_PREFIX) ? { async [Symbol.asyncDispose]() {} } : source.lock(signal);
    },
    // Who gives credentials by a variable or a read-only file has decided that they are not written back.
    probe: async (key) => (key === undefined || (await recordIn(key)) === null ? base.probe(key) : undefined),
  };
}
