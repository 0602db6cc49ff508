// The store of one machine: a SQLite database in WAL mode, so that the operator's commands read and write it while the
// server runs.

import { open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RecordKind, type ServerStore, type StoredRecord, StoreError } from './port.js';
import { type Database, loadDriver, type Statement } from './sqlite-driver.js';
import { asStoreError } from './sqlite-errors.js';

/** Each step takes the schema from the version of its index to the next; a step that was published never changes. */
const MIGRATIONS = [
  `CREATE TABLE records (
     kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER,
     PRIMARY KEY (kind, key)
   ) WITHOUT ROWID;
   CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
   CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL);
   INSERT INTO counter VALUES (1, 0);`,
];

/** How long a write waits for another process, ms. An operator's command takes a few ms. */
const BUSY_MS = 5000;
/** A try while another process writes, ms. SQLite's own wait would stop the whole server. */
const RETRY_MS = 20;

/** Hashes of passwords and tokens are for no other account. */
const OWNER_ONLY = 0o600;

/** Expired records are removed this often, ms. */
const SWEEP_MS = 10 * 60_000;

export interface SqliteStore extends ServerStore {
  /** Copies the database to the new file `path` while it is in use. Throws StoreError, or the system's error where there is no new file. */
  copyTo(path: string): Promise<void>;
}

/**
 * Opens the database at `path` or makes it. `now` is epoch ms. Throws StoreError: `missing` (no SQLite), `newer`
 * (written by a newer bimservice), `damaged`, `full`, `busy`, `not-writable`.
 */
export async function openSqliteStore(path: string, now: () => number): Promise<SqliteStore> {
  const driver = await loadDriver();
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asStoreError(error, path);
    }
  };
  // SQLite would let others read it; the files beside it get the same mode.
  await open(path, 'a', OWNER_ONLY).then(
    (file) => file.close(),
    () => {
      // SQLite says better what is wrong.
    },
  );
  const database = guard(() => driver.open(path));
  try {
    guard(() => prepare(database, path));
  } catch (error) {
    database.close();
    throw error;
  }
  database.exec('PRAGMA busy_timeout = 0');
  return new Store(database, guard, now, (target) => driver.copy(database, target));
}

function prepare(database: Database, path: string): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
  const version = Number(column(database.prepare('PRAGMA user_version').get(), 'user_version'));
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'newer',
      `${path} was written by a newer bimservice (version ${version} of the data, this program knows ${MIGRATIONS.length})`,
    );
  }
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    inTransaction(database, () => {
      // Another process may have done it while this one waited for the lock.
      if (Number(column(database.prepare('PRAGMA user_version').get(), 'user_version')) > step) return;
      database.exec(`${sql} PRAGMA user_version = ${step + 1}`);
    });
  }
  const check = column(database.prepare('PRAGMA quick_check(1)').get(), 'quick_check');
  if (check !== 'ok') throw new StoreError('damaged', `${path} is damaged: ${String(check)}`);
}

function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back itself, for instance on a full disk.
    }
    throw error;
  }
}

const ALIVE = '(expires_at IS NULL OR expires_at > ?)';
const COLUMNS = 'key, value, revision, expires_at';

class Store implements SqliteStore {
  readonly #statements = new Map<string, Statement>();
  #swept = 0;

  constructor(
    private readonly database: Database,
    private readonly guard: <T>(work: () => T) => T,
    private readonly now: () => number,
    private readonly copy: (path: string) => void,
  ) {}

  async get(kind: RecordKind, key: string): Promise<StoredRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM records WHERE kind = ? AND key = ? AND ${ALIVE}`;
    return this.#patiently(() => readRow(this.#prepare(sql).get(kind, key, this.now())));
  }

  async create(kind: RecordKind, key: string, value: unknown, expiresAt: number | null): Promise<boolean> {
    return this.#write(() => {
      const now = this.now();
      this.#sweep(now);
      this.#prepare(`DELETE FROM records WHERE kind = ? AND key = ? AND NOT ${ALIVE}`).run(kind, key, now);
      const sql = 'INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
      const values = [kind, key, JSON.stringify(value), this.#nextRevision(), expiresAt] as const;
      return Number(this.#prepare(sql).run(...values).changes) === 1;
    });
  }

  async replace(kind: RecordKind, key: string, value: unknown, revision: number): Promise<boolean> {
    return this.#write(() => {
      const sql = `UPDATE records SET value = ?, revision = ? WHERE kind = ? AND key = ? AND revision = ? AND ${ALIVE}`;
      const values = [JSON.stringify(value), this.#nextRevision(), kind, key, revision, this.now()] as const;
      return Number(this.#prepare(sql).run(...values).changes) === 1;
    });
  }

  async remove(kind: RecordKind, key: string): Promise<boolean> {
    return this.#write(() => {
      const sql = `DELETE FROM records WHERE kind = ? AND key = ? RETURNING ${COLUMNS}`;
      const gone = readRow(this.#prepare(sql).get(kind, key));
      return gone !== undefined && (gone.expiresAt === null || gone.expiresAt > this.now());
    });
  }

  async list(kind: RecordKind): Promise<StoredRecord[]> {
    const sql = `SELECT ${COLUMNS} FROM records WHERE kind = ? AND ${ALIVE}`;
    const rows = await this.#patiently(() => this.#prepare(sql).all(kind, this.now()));
    return rows.flatMap((row) => readRow(row) ?? []);
  }

  async copyTo(path: string): Promise<void> {
    await (await open(path, 'wx', OWNER_ONLY)).close();
    try {
      this.copy(path);
    } catch (error) {
      await rm(path, { force: true });
      throw asStoreError(error, path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close();
  }

  /** To prepare a statement takes longer than to run it. */
  #prepare(sql: string): Statement {
    const statement = this.#statements.get(sql) ?? this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #write<T>(work: () => T): Promise<T> {
    return this.#patiently(() => inTransaction(this.database, work));
  }

  /** Tries again while another process holds the database, and lets the server go on meanwhile. */
  async #patiently<T>(work: () => T): Promise<T> {
    const began = performance.now();
    for (;;) {
      try {
        return this.guard(work);
      } catch (error) {
        const isBusy = error instanceof StoreError && error.fault === 'busy';
        if (!isBusy || performance.now() - began > BUSY_MS) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  #nextRevision(): number {
    const row = this.#prepare('UPDATE counter SET value = value + 1 RETURNING value').get();
    return Number(column(row, 'value'));
  }

  #sweep(now: number): void {
    if (now - this.#swept < SWEEP_MS) return;
    this.#swept = now;
    this.#prepare('DELETE FROM records WHERE expires_at <= ?').run(now);
  }
}

function readRow(row: unknown): StoredRecord | undefined {
  if (row === undefined) return undefined;
  const expiresAt = column(row, 'expires_at');
  return {
    key: String(column(row, 'key')),
    value: JSON.parse(String(column(row, 'value'))),
    revision: Number(column(row, 'revision')),
    expiresAt: expiresAt === null ? null : Number(expiresAt),
  };
}

function column(row: unknown, name: string): unknown {
  if (typeof row !== 'object' || row === null) return undefined;
  return Object.entries(row).find(([key]) => key === name)?.[1];
}
