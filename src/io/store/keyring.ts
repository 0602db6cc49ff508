// The operating system's keyring as a store (`bimservice config set store keyring`). Never a silent way back to files.
import { randomBytes } from 'node:crypto';
import type { RecordStore } from '../../core/ports/credentials.js';
import { BimServiceError, messageOf } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

const SERVICE = 'bimservice';

/**
 * The Windows Credential Manager takes 2560 bytes of UTF-16 an entry. So many code points fit, and none is cut in two.
 */
const PIECE = /[\s\S]{1,600}/gu;

/** How often a reader starts again because a writer was faster; it takes a writer for each time. */
const MOST_READS = 20;

/** The part of `@napi-rs/keyring` that is used; tests bring one of their own for the systems they do not run on. */
export interface KeyringEntry {
  setPassword(password: string): Promise<void>;
  getPassword(): Promise<string | null | undefined>;
  /** False where there was none. */
  deletePassword(): Promise<boolean>;
}

/** The entry of an account; the library behind it is loaded at the first call. */
export type OpenEntry = (account: string) => Promise<KeyringEntry>;

/** What the entry `KEY` says: which of two slots holds the record, in how many pieces, and which write it was. */
interface Head {
  slot: 'a' | 'b';
  count: number;
  text: string;
}

/**
 * Records in the keyring. A record is cut into pieces `KEY/SLOT/0`, `KEY/SLOT/1` …; a new one goes into the slot that is
 * not in use, and the entry `KEY` is changed last, so that a writer that dies half way has changed nothing.
 * `lock` is that of the files: a keyring has none.
 * Failures are `store-not-writable` and `store-damaged` (exit 7), with the keyring's own words.
 */
export function createKeyringStore(openEntry: OpenEntry, lock: RecordStore['lock']): RecordStore {
  const entry = (account: string) => guarded(account, openEntry);
  const headOf = async (key: string) => readHead(await entry(key).getPassword());
  /** Removes the pieces of a slot from `first` on, also those that nobody counted. */
  const clear = async (key: string, slot: string, first: number) => {
    for (let piece = first; await entry(`${key}/${slot}/${piece}`).deletePassword(); piece += 1);
  };
  const store: RecordStore = {
    kindOf: async () => 'keyring',
    lock,
    async read(key) {
      for (let reads = 0; reads < MOST_READS; reads += 1) {
        const head = await headOf(key);
        if (head === null || head === 'damaged') return head === null ? null : '';
        const accounts = Array.from({ length: head.count }, (_, piece) => `${key}/${head.slot}/${piece}`);
        const texts = await Promise.all(accounts.map((account) => entry(account).getPassword()));
        const after = await headOf(key);
        // A missing piece makes text that does not parse, which is how a damaged record is told.
        if (after !== null && after !== 'damaged' && after.text === head.text)
          return texts.map((text) => text ?? '').join('');
      }
      throw notUsable('another program keeps changing it');
    },
    async write(key, text) {
      const before = await headOf(key);
      const slot = before !== null && before !== 'damaged' && before.slot === 'a' ? 'b' : 'a';
      const parts = text.match(PIECE) ?? [];
      for (const [piece, part] of parts.entries()) await entry(`${key}/${slot}/${piece}`).setPassword(part);
      await entry(key).setPassword(`${slot} ${parts.length} ${randomBytes(8).toString('hex')}`);
      await clear(key, slot, parts.length);
      await clear(key, slot === 'a' ? 'b' : 'a', 0);
    },
    async remove(key) {
      const existed = await entry(key).deletePassword();
      await clear(key, 'a', 0);
      await clear(key, 'b', 0);
      return existed;
    },
    setAside: async (key) => `the credential ${key} in the keyring is damaged`,
    async probe() {
      const key = `probe-${randomBytes(8).toString('hex')}`;
      await store.write(key, key);
      const found = await store.read(key);
      await store.remove(key);
      if (found !== key) throw notUsable('it returns something else than was stored');
    },
  };
  return store;
}

function readHead(text: string | null | undefined): Head | 'damaged' | null {
  if (text == null) return null;
  const [, slot, count] = /^([ab]) (\d{1,4}) [0-9a-f]{16}$/.exec(text) ?? [];
  return slot === 'a' || slot === 'b' ? { slot, count: Number(count), text } : 'damaged';
}

/** An entry of the system's keyring. Throws `store-not-writable` where its library is not installed. */
export async function systemEntry(account: string): Promise<KeyringEntry> {
  try {
    const { AsyncEntry } = await loadLibrary();
    // Left to itself the library falls back to the kernel's keyring without a word, and that forgets all at a reboot.
    return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    throw notUsable(wordsOf(error), error);
  }
}

async function loadLibrary() {
  try {
    return await import('@napi-rs/keyring');
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
      throw notUsable(wordsOf(error), error);
    }
  };
  return {
    setPassword: (password) => guard((entry) => entry.setPassword(password)),
    getPassword: () => guard((entry) => entry.getPassword()),
    deletePassword: () => guard((entry) => entry.deletePassword()),
  };
}

function wordsOf(error: unknown): string {
  return cleanText(messageOf(error), 160);
}

function notUsable(words: string, cause?: unknown): BimServiceError {
  return new BimServiceError('store-not-writable', `the keyring cannot be used: ${words}`, {
    hint: 'Unlock or start it, or keep credentials in files: bimservice config set store files',
    cause,
  });
}
