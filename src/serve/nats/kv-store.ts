// The store of several machines: a key-value bucket of NATS JetStream. Its revisions are the compare-and-set.

import { randomUUID } from 'node:crypto';
import type { KV, KvEntry } from '@nats-io/kv';
import { messageOf } from '../../errors.js';
import { sha256Hex } from '../oauth/hash.js';
import { readMembers } from '../store/members.js';
import { type RecordKind, type ServerStore, type StoredRecord, StoreError } from '../store/port.js';
import type { Link } from './link.js';
import { isWrongSequence, NatsError } from './nats-error.js';

/** Expired records are removed this often, ms. */
const SWEEP_MS = 10 * 60_000;
/** What is left of a removed record is kept this long, ms: a slow node must not bring the record back. */
const MARKER_MS = 10 * 60_000;

/** `now` is epoch ms. Rejects with StoreError. */
export async function openNatsStore(link: Link, now: () => number): Promise<ServerStore> {
  const { kv, jetstream } = link.modules;
  const bucket = await guard(() =>
    link.ask(() =>
      new kv.Kvm(link.js).create(link.name, {
        replicas: link.replicas,
        storage: jetstream.StorageType.File,
        // A read from any node could miss what another front end has just written: the leader is asked.
        allow_direct: false,
      }),
    ),
  );
  return new Store(link, bucket, now);
}

/** The text of a record in the bucket, as JSON. */
interface Written {
  readonly key: string;
  readonly value: unknown;
  readonly expiresAt: number | null;
  readonly by: string;
}

interface Kept {
  readonly record: StoredRecord;
  /** The id of the write. */
  readonly by: string;
}

class Store implements ServerStore {
  #swept = 0;

  constructor(
    private readonly link: Link,
    private readonly bucket: KV,
    private readonly now: () => number,
  ) {}

  async get(kind: RecordKind, key: string): Promise<StoredRecord | undefined> {
    const { record } = (await this.#read(kind, key)).kept ?? {};
    return record !== undefined && this.#isAlive(record) ? record : undefined;
  }

  async create(kind: RecordKind, key: string, value: unknown, expiresAt: number | null): Promise<boolean> {
    this.#sweepSometimes();
    const by = randomUUID();
    // The first try expects that there was never a record of that key, as for every random id.
    for (let previousSeq = 0; ; ) {
      if (await this.#write(kind, { key, value, expiresAt, by }, previousSeq)) return true;
      const found = await this.#read(kind, key);
      // A try whose response was lost may have written it.
      if (found.kept?.by === by) return true;
      if (found.kept !== null && this.#isAlive(found.kept.record)) return false;
      previousSeq = found.revision;
    }
  }

  async replace(kind: RecordKind, key: string, value: unknown, revision: number): Promise<boolean> {
    const record = await this.get(kind, key);
    if (record?.revision !== revision) return false;
    const by = randomUUID();
    if (await this.#write(kind, { key, value, expiresAt: record.expiresAt, by }, revision)) return true;
    return (await this.#read(kind, key)).kept?.by === by;
  }

  async remove(kind: RecordKind, key: string): Promise<boolean> {
    for (;;) {
      const { kept, revision } = await this.#read(kind, key);
      if (kept === null) return false;
      if (!(await this.#purge(kind, key, revision))) continue;
      return this.#isAlive(kept.record);
    }
  }

  async list(kind: RecordKind): Promise<StoredRecord[]> {
    const entries = await this.#entries(`${kind}.>`);
    return entries.flatMap((entry) => {
      const { record } = readEntry(entry) ?? {};
      return record !== undefined && this.#isAlive(record) ? [record] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The connection belongs to the opener.
  }

  #isAlive({ expiresAt }: StoredRecord): boolean {
    return expiresAt === null || this.now() < expiresAt;
  }

  /** `revision` 0: there was never such a key. `kept` null: it was removed, or never there. */
  async #read(kind: RecordKind, key: string): Promise<{ kept: Kept | null; revision: number }> {
    const entry = await guard(() => this.link.ask(() => this.bucket.get(subjectOf(kind, key))));
    return entry === null
      ? { kept: null, revision: 0 }
      : { kept: readEntry(entry), revision: entry.revision };
  }

  /** False when the key has another revision. */
  #write(kind: RecordKind, stored: Written, previousSeq: number): Promise<boolean> {
    const text = JSON.stringify(stored);
    return this.#unlessChanged(() => this.bucket.put(subjectOf(kind, stored.key), text, { previousSeq }));
  }

  /** False when the key has another revision, or when it is not known who removed it. */
  #purge(kind: RecordKind, key: string, previousSeq: number): Promise<boolean> {
    return this.#unlessChanged(() => this.bucket.purge(subjectOf(kind, key), { previousSeq }));
  }

  async #unlessChanged(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await guard(() => this.link.ask(work, isWrongSequence));
      return true;
    } catch (error) {
      if (isWrongSequence(error)) return false;
      throw error;
    }
  }

  #entries(filter: string): Promise<KvEntry[]> {
    return guard(() =>
      this.link.ask(async () => {
        const entries: KvEntry[] = [];
        for await (const entry of await this.bucket.history({ key: filter })) entries.push(entry);
        return entries;
      }),
    );
  }

  #sweepSometimes(): void {
    if (this.now() - this.#swept < SWEEP_MS) return;
    this.#swept = this.now();
    // What fails now is done by the next one.
    this.sweep().catch(() => {});
  }

  /** Removes expired records, and what is left of records that were removed some time ago. */
  async sweep(): Promise<void> {
    const stream = `KV_${this.link.name}`;
    for (const entry of await this.#entries('>')) {
      const kept = readEntry(entry);
      if (kept !== null && !this.#isAlive(kept.record)) {
        await this.#unlessChanged(() => this.bucket.purge(entry.key, { previousSeq: entry.revision }));
      } else if (kept === null && Date.now() - entry.created.getTime() > MARKER_MS) {
        // By its number: a record that is created in this moment stays.
        await this.link
          .ask(() => this.link.jsm.streams.deleteMessage(stream, entry.revision, false))
          .catch(() => {});
      }
    }
  }
}

/** NATS allows few characters in a name, and 4 KiB for the whole subject; a key may come from anyone. */
function subjectOf(kind: RecordKind, key: string): string {
  return `${kind}.${/^[\w-]{1,128}$/.test(key) ? key : `=${sha256Hex(key)}`}`;
}

function readEntry(entry: KvEntry): Kept | null {
  if (entry.operation !== 'PUT') return null;
  const { key, value, expiresAt, by } = readMembers(entry.json());
  if (typeof key !== 'string') return null;
  const record = {
    key,
    value,
    revision: entry.revision,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
  };
  return { record, by: String(by) };
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NatsError)) throw error;
    throw new StoreError(error.fault === 'full' ? 'full' : 'failed', messageOf(error), { cause: error });
  }
}
