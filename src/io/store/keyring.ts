// The keyring of the operating system as a store (`bimservice config set store keyring`). It never falls back to files silently.
import { randomBytes } from 'node:crypto';
import { isSea } from 'node:sea';
import type { RecordStore } from '../../core/ports/credentials.js';
import { BimServiceError, messageOf } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

const SERVICE = 'bimservice';

/**
 * An entry of the Windows Credential Manager holds 2560 bytes of UTF-16. This many code points fit, and none is cut.
 */
const PIECE = /[\s\S]{1,600}/gu;

/** The account of a record or of a piece, which may be left without its record. */
const ACCOUNT = /^((?:token|registration)-[0-9a-f]{32})(?:\/[ab]\/\d+)?$/;

/** How often a reader starts again because a writer changed the record; each time needs another write. */
const MAX_READS = 20;

/** The part of `@napi-rs/keyring` that is used; tests use a double for other systems. */
export interface KeyringEntry {
  setPassword(password: string): Promise<void>;
  getPassword(): Promise<string | null | undefined>;
  /** False when there was none. */
  deletePassword(): Promise<boolean>;
}

/** The entry of an account. The library is loaded at the first call. */
export type OpenEntry = (account: string) => Promise<KeyringEntry>;

/** The accounts of all entries of this program. */
export type FindAccounts = () => Promise<string[]>;

/** The content of the entry `KEY`: which of two slots holds the record, in how many pieces, and the number of the write. */
interface Head {
  slot: 'a' | 'b';
  count: number;
  text: string;
}

/**
 * Records in the keyring. A record is cut into pieces `KEY/SLOT/0`, `KEY/SLOT/1` …; a new one is written to the unused
 * slot, and the entry `KEY` is changed last, so that a writer that is killed has changed nothing. `lock` is the lock of
 * the files, because a keyring has none. Failures are `store-not-writable` and `store-damaged` (exit 7), with the
 * keyring's own words.
 */
export function createKeyringStore(
  openEntry: OpenEntry,
  findAccounts: FindAccounts,
  lock: RecordStore['lock'],
): RecordStore {
  const entry = (account: string) => guarded(account, openEntry);
  const headOf = async (key: string) => readHead(await entry(key).getPassword());
  /** Removes the pieces of a slot from `first` on, also pieces that no head counts. */
  const clear = async (key: string, slot: string, first: number) => {
    for (let piece = first; await entry(`${key}/${slot}/${piece}`).deletePassword(); piece += 1);
  };
  const store: RecordStore = {
    kindOf: async () => 'keyring',
    lock,
    async read(key) {
      for (let reads = 0; reads < MAX_READS; reads += 1) {
        const head = await headOf(key);
        if (head === null || head === 'damaged') return head === null ? null : '';
        const accounts = Array.from({ length: head.count }, (_, piece) => `${key}/${head.slot}/${piece}`);
        const texts = await Promise.all(accounts.map((account) => entry(account).getPassword()));
        const after = await headOf(key);
        // A missing piece makes a text that does not parse, which is recognized as a damaged record.
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
    async keys() {
      const accounts = await guard(findAccounts);
      return [...new Set(accounts.flatMap((account) => ACCOUNT.exec(account)?.[1] ?? []))].toSorted();
    },
    removeCopies: async () => 0,
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

/** An entry of the system's keyring. Throws `store-not-writable` when its library is not installed. */
export async function systemEntry(account: string): Promise<KeyringEntry> {
  try {
    const { AsyncEntry } = await loadLibrary();
    // By default the library silently falls back to the kernel's keyring, which loses everything at a reboot.
    return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    throw notUsable(wordsOf(error), error);
  }
}

/** The accounts of our entries in the system's keyring. The library searches there also on Linux, not in the kernel's. */
export async function systemAccounts(): Promise<string[]> {
  const { findCredentialsAsync } = await loadLibrary();
  return (await findCredentialsAsync(SERVICE)).map(({ account }) => account);
}

async function loadLibrary() {
  try {
    return await import('@napi-rs/keyring');
  } catch (error) {
    const words = isSea()
      ? 'the one-file program has no library for it, the npm package has one (npm install -g bimservice)'
      : 'its library is not installed (npm install @napi-rs/keyring)';
    throw notUsable(words, error);
  }
}

function guarded(account: string, open: OpenEntry): KeyringEntry {
  return {
    setPassword: (password) => guard(async () => (await open(account)).setPassword(password)),
    getPassword: () => guard(async () => (await open(account)).getPassword()),
    deletePassword: () => guard(async () => (await open(account)).deletePassword()),
  };
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    throw notUsable(wordsOf(error), error);
  }
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
