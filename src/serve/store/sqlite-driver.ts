// SQLite in this Node: its own (22.13 and newer), otherwise better-sqlite3 if it is installed beside bimservice.

import { StoreError } from './port.js';

/** The common part of both drivers. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  /** `changes` is the number of written rows. */
  run(...values: Value[]): { changes: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

export type Value = string | number | null;

export interface Driver {
  /** For the log: `node:sqlite` or `better-sqlite3`. */
  readonly name: string;
  open(path: string): Database;
  /** Copies an open database into `path`, while it is in use. */
  copy(database: Database, path: string): void;
}

type Constructor = new (path: string) => Database;

/** Throws StoreError `missing` when this Node has no SQLite and better-sqlite3 is not installed. */
export async function loadDriver(): Promise<Driver> {
  const own = constructorIn(await load(() => import('node:sqlite')), 'DatabaseSync');
  if (own !== undefined) return driver('node:sqlite', own);
  const installed = constructorIn(await load(() => import('better-sqlite3')), 'default');
  if (installed !== undefined) return driver('better-sqlite3', installed);
  throw new StoreError('missing', 'this Node has no SQLite, which keeps clients and tokens');
}

function driver(name: string, Opener: Constructor): Driver {
  return {
    name,
    open: (path) => new Opener(path),
    copy: (database, path) => void database.prepare('VACUUM INTO ?').run(path),
  };
}

async function load(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch {
    // Not there, or built for another Node: the next driver has its turn.
    return undefined;
  }
}

function constructorIn(module: unknown, name: string): Constructor | undefined {
  if (typeof module !== 'object' || module === null) return undefined;
  const found: unknown = Object.entries(module).find(([key]) => key === name)?.[1];
  return isConstructor(found) ? found : undefined;
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === 'function';
}
