// The store in the memory of the process, for the demo, tests, and trials without SQLite.

import type { RecordKind, ServerStore, StoredRecord } from './port.js';

/** Above this number of records of a kind the oldest are removed, so that memory is limited. */
const MOST_OF_A_KIND = 10_000;

/** `now` is epoch ms. */
export function createMemoryStore(now: () => number): ServerStore {
  return new MemoryStore(now);
}

class MemoryStore implements ServerStore {
  readonly #kinds = new Map<RecordKind, Map<string, StoredRecord>>();
  #revision = 0;

  constructor(private readonly now: () => number) {}

  async get(kind: RecordKind, key: string): Promise<StoredRecord | undefined> {
    const found = this.#kind(kind).get(key);
    if (found === undefined) return undefined;
    if (found.expiresAt === null || this.now() < found.expiresAt) return copy(found);
    this.#kind(kind).delete(key);
    return undefined;
  }

  async create(kind: RecordKind, key: string, value: unknown, expiresAt: number | null): Promise<boolean> {
    const records = this.#kind(kind);
    if (isAlive(records.get(key), this.now())) return false;
    records.delete(key);
    if (records.size >= MOST_OF_A_KIND) this.#makeRoom(records);
    records.set(key, copy({ key, value, revision: this.#next(), expiresAt }));
    return true;
  }

  async replace(kind: RecordKind, key: string, value: unknown, revision: number): Promise<boolean> {
    const found = this.#kind(kind).get(key);
    if (found === undefined || !isAlive(found, this.now()) || found.revision !== revision) return false;
    this.#kind(kind).set(key, copy({ ...found, value, revision: this.#next() }));
    return true;
  }

  async remove(kind: RecordKind, key: string): Promise<boolean> {
    const alive = isAlive(this.#kind(kind).get(key), this.now());
    this.#kind(kind).delete(key);
    return alive;
  }

  async list(kind: RecordKind): Promise<StoredRecord[]> {
    return [...this.#kind(kind).values()].filter((record) => isAlive(record, this.now())).map(copy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kinds.clear();
  }

  #kind(kind: RecordKind): Map<string, StoredRecord> {
    const found = this.#kinds.get(kind) ?? new Map<string, StoredRecord>();
    this.#kinds.set(kind, found);
    return found;
  }

  #next(): number {
    this.#revision += 1;
    return this.#revision;
  }

  #makeRoom(records: Map<string, StoredRecord>): void {
    for (const [key, record] of records) if (!isAlive(record, this.now())) records.delete(key);
    for (const key of records.keys()) {
      if (records.size < MOST_OF_A_KIND) return;
      records.delete(key);
    }
  }
}

function isAlive(record: StoredRecord | undefined, now: number): boolean {
  return record !== undefined && (record.expiresAt === null || now < record.expiresAt);
}

/** Changes to a value by the caller do not affect the store, like in a store on a disk. */
function copy(record: StoredRecord): StoredRecord {
  return { ...record, value: structuredClone(record.value) };
}
