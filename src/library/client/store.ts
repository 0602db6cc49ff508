// Where credentials are kept: a small interface that a caller can implement, and the stores that are ready.
import { resolve } from 'node:path';
import { orAborted } from '../../abort.js';
import type { RecordStore } from '../../core/ports/credentials.js';
import type { ListCache } from '../../core/ports/list-cache.js';
import { createKeyringStore, systemAccounts, systemEntry } from '../../io/store/keyring.js';
import { openStores, type Stores } from '../../io/store/open-stores.js';
import { hostPlace } from './host.js';
import { SYSTEM_CLOCK } from './system.js';

/**
 * Texts under keys. A key has letters, digits and `-`. The texts hold secrets: keep them where only their owner can read
 * them. What a function throws ends the call; a BimServiceError `store-not-writable` says it best.
 */
export interface Store {
  /** The whole text, or null. */
  read(key: string): Promise<string | null>;
  /** Replaces the text completely, or not at all. */
  write(key: string, text: string): Promise<void>;
  /** True when there was one. */
  remove(key: string): Promise<boolean>;
  /**
   * Waits until no one else holds `key`, and holds it until it is disposed: a refresh token can be used once only, so of
   * several processes one refreshes. Absent: only the calls of this client wait for each other.
   */
  lock?(key: string, signal: AbortSignal): Promise<AsyncDisposable>;
}

/** A store that ends with its process. */
export function memoryStore(): Store {
  const texts = new Map<string, string>();
  return {
    read: async (key) => texts.get(key) ?? null,
    write: async (key, text) => void texts.set(key, text),
    remove: async (key) => texts.delete(key),
  };
}

/** The store of the program `bimservice` in `folder` (its `--config-dir`): files that only their owner can read. */
export function fileStore(folder: string): Store {
  return filesIn(resolve(folder));
}

/** Copies of lists in `folder`, as the program keeps them: `list` then works without a network. */
export function fileListCache(folder: string): ListCache {
  return storesIn(resolve(folder)).listCache;
}

/** The keyring of the system, as the program uses it. `folder`: for locks, as in `fileStore`. */
export function keyringStore(folder: string): Store {
  const files = filesIn(resolve(folder));
  return createKeyringStore(systemEntry, systemAccounts, (...lock) => files.lock(...lock));
}

function filesIn(folder: string): RecordStore {
  return storesIn(folder).files;
}

function storesIn(folder: string): Stores {
  const { pid, isAlive } = hostPlace();
  const silent = { info() {}, warn() {}, instruct() {}, debug() {} };
  return openStores(folder, { pid, isAlive, clock: SYSTEM_CLOCK }, silent);
}

/** A store of the caller as the use-cases take it. */
export function recordsOf(store: Store): RecordStore {
  const locks = new Locks();
  return {
    kindOf: async () => 'own',
    keys: async () => [],
    removeCopies: async () => 0,
    setAside: async (key) => `the stored credential ${key} is damaged`,
    probe: async () => {},
    lock: (key, signal) => locks.lock(key, signal),
    ...bound(store),
  };
}

/** The functions of a store, also of one that is a class. */
function bound(store: Store): Partial<RecordStore> & Pick<RecordStore, 'read' | 'write' | 'remove'> {
  const own: Partial<RecordStore> = { ...store };
  return {
    ...own,
    read: (key) => store.read(key),
    write: (key, text) => store.write(key, text),
    remove: (key) => store.remove(key),
    ...(store.lock === undefined ? {} : { lock: (key, signal) => store.lock?.(key, signal) ?? NO_LOCK }),
  };
}

const NO_LOCK = Promise.resolve({ async [Symbol.asyncDispose]() {} });

/** Lets one call at a time have a key. */
class Locks {
  readonly #ends = new Map<string, Promise<void>>();

  async lock(key: string, signal: AbortSignal): Promise<AsyncDisposable> {
    const before = this.#ends.get(key) ?? Promise.resolve();
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const end = before.then(() => held);
    this.#ends.set(key, end);
    try {
      await orAborted(before, signal);
    } catch (error) {
      release();
      throw error;
    }
    return {
      [Symbol.asyncDispose]: async () => {
        release();
        if (this.#ends.get(key) === end) this.#ends.delete(key);
      },
    };
  }
}
