// The operating system's keyring as a store (`bimservice config set store keyring`). Never a silent way back to files.
import type { RecordStore } from '../core/ports.js';
import { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text.js';

const SERVICE = 'bimservice';

/** The Windows Credential Manager takes 2560 bytes of UTF-16 an entry; pieces of this many characters fit everywhere. */
const PIECE = 1000;

/** The part of `@napi-rs/keyring` that is used; tests bring one of their own for the systems they do not run on. */
export interface KeyringEntry {
  setPassword(password: string): Promise<void>;
  getPassword(): Promise<string | null | undefined>;
  deletePassword(): Promise<unknown>;
}

/** The entry of an account; the library behind it is loaded at the first call. */
export type OpenEntry = (account: string) => Promise<KeyringEntry>;

/**
 * Records in the keyring. A record is cut into pieces `KEY/0`, `KEY/1` …; the entry `KEY` says how many there are and is
 * written last, so that half a record never counts. `lock` is that of the files: a keyring has none.
 * Failures are `store-not-writable` and `store-damaged` (exit 7), with the keyring's own words.
 */
export function createKeyringStore(openEntry: OpenEntry, lock: RecordStore['lock']): RecordStore {
  const entry = (account: string) => guarded(account, openEntry);
  const pieces = async (key: string) => Number((await entry(key).getPassword()) ?? 0);
  const drop = async (key: string, from: number, to: number) => {
    for (let piece = from; piece < to; piece += 1) await entry(`${key}/${piece}`).deletePassword();
  };
  const store: RecordStore = {
    kindOf: async () => 'keyring',
    lock,
    async read(key) {
      const count = await pieces(key);
      if (count === 0) return null;
      const texts = await Promise.all(
        Array.from({ length: count }, (_, piece) => entry(`${key}/${piece}`).getPassword()),
      );
      // A missing piece makes text that does not parse, which is how a damaged record is told.
      return texts.map((text) => text ?? '').join('');
    },
    async write(key, text) {
      const before = await pieces(key);
      const parts = text.match(new RegExp(`[^]{1,${PIECE}}`, 'g')) ?? [''];
      for (const [piece, part] of parts.entries()) await entry(`${key}/${piece}`).setPassword(part);
      await entry(key).setPassword(String(parts.length));
      await drop(key, parts.length, before);
    },
    async remove(key) {
      const count = await pieces(key);
      if (count === 0) return false;
      await entry(key).deletePassword();
      await drop(key, 0, count);
      return true;
    },
    setAside: async (key) => `the credential ${key} in the keyring is damaged`,
    async probe() {
      const word = `probe-${Date.now()}`;
      await store.write('probe', word);
      const found = await store.read('probe');
      await store.remove('probe');
      if (found !== word) throw notUsable('it does not give back what it was given');
    },
  };
  return store;
}

/** An entry of the system's keyring. Throws `store-not-writable` where its library is not installed. */
export async function systemEntry(account: string): Promise<KeyringEntry> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    return new AsyncEntry(SERVICE, account);
  } catch (error) {
    throw notUsable('its library is not installed (npm install @napi-rs/keyring)', error);
  }
}

function guarded(account: string, open: OpenEntry): KeyringEntry {
  const guard = async <T>(work: (entry: KeyringEntry) => Promise<T>): Promise<T> => {
    try {
      return await work(await open(account));
    } catch (error) {
      if (error instanceof BimServiceError) throw error;
      throw notUsable(cleanText(error instanceof Error ? error.message : String(error), 160), error);
    }
  };
  return {
    setPassword: (password) => guard((entry) => entry.setPassword(password)),
    getPassword: () => guard((entry) => entry.getPassword()),
    deletePassword: () => guard((entry) => entry.deletePassword()),
  };
}

function notUsable(words: string, cause?: unknown): BimServiceError {
  return new BimServiceError('store-not-writable', `the keyring cannot be used: ${words}`, {
    hint: 'Unlock or start it, or keep credentials in files: bimservice config set store files',
    cause,
  });
}
