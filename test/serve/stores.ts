// The stores that the conformance suite runs against.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNatsStore } from '../../src/serve/nats/kv-store.js';
import { createMemoryStore } from '../../src/serve/store/memory.js';
import type { ServerStore } from '../../src/serve/store/port.js';
import { openSqliteStore } from '../../src/serve/store/sqlite.js';
import { findNats, natsName, openLink, startNats } from '../support/nats.js';

/** A place where stores are opened: several at once are several processes' views of the same data. */
export interface StorePlace extends AsyncDisposable {
  open(now: () => number): Promise<ServerStore>;
}

export interface StoreKind {
  readonly name: string;
  /** Whether a second `open` sees what the first wrote. */
  readonly shared: boolean;
  place(): Promise<StorePlace>;
}

/**
 * True when SQLite is available. With BIMSERVICE_REQUIRE_SQLITE=1 its absence is a failure.
 */
export function hasSqlite(): boolean {
  const require = createRequire(import.meta.url);
  const found = ['node:sqlite', 'better-sqlite3'].some((name) => {
    try {
      require(name);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) {
    const advice = 'no SQLite: use Node 22.13 or newer, or npm install --no-save better-sqlite3@12';
    if (process.env.BIMSERVICE_REQUIRE_SQLITE === '1') throw new Error(advice);
    console.log(`skipped: tests with SQLite: ${advice}`);
  }
  return found;
}

const memory: StoreKind = {
  name: 'memory',
  shared: false,
  place: async () => ({
    open: async (now) => createMemoryStore(now),
    async [Symbol.asyncDispose]() {},
  }),
};

const sqlite: StoreKind = { name: 'SQLite', shared: true, place: sqlitePlace };

export async function sqlitePlace(): Promise<StorePlace & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-sqlite-'));
  const path = join(folder, 'serve.db');
  return {
    path,
    open: (now) => openSqliteStore(path, now),
    async [Symbol.asyncDispose]() {
      if (existsSync(folder)) await rm(folder, { recursive: true, force: true });
    },
  };
}

const nats: StoreKind = { name: 'NATS', shared: true, place: natsPlace };

/** A server of its own: each opener has its own connection. */
async function natsPlace(): Promise<StorePlace> {
  const servers = await startNats();
  const name = natsName();
  return {
    async open(now) {
      const link = await openLink(servers.url, { name });
      const store = await openNatsStore(link, now);
      const close = store[Symbol.asyncDispose].bind(store);
      return Object.assign(store, {
        async [Symbol.asyncDispose]() {
          await close();
          await link[Symbol.asyncDispose]();
        },
      });
    },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}

export const STORES: readonly StoreKind[] = [
  memory,
  ...(hasSqlite() ? [sqlite] : []),
  ...(findNats() === null ? [] : [nats]),
];
