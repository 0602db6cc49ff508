// The data folder of `serve`: its database, its lock, and the folders of its runs.
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { BimServiceError, messageOf } from '../../errors.js';
import { usualDataFolder } from '../../io/files/data-folder.js';
import { isThere } from '../../io/files/is-there.js';
import { makePrivateFolder } from '../../io/files/make-folder.js';
import { systemReason } from '../../io/files/system-reason.js';
import { lockFolder } from '../../library/client/lock-folder.js';
import { WorkFolders } from '../../serve/runs/work-folders.js';
import { StoreError } from '../../serve/store/port.js';
import { openSqliteStore, type SqliteStore } from '../../serve/store/sqlite.js';

const DATABASE = 'serve.db';

/** The folder that `--data` names, else the platform's place; a named configuration folder holds its own. */
export async function dataFolder(
  context: Context,
  named: string | undefined,
  usual: 'serve' | 'worker' = 'serve',
): Promise<string> {
  if (named !== undefined) return context.path(named);
  const isNamed = context.options.configDir !== undefined || context.runtime.env.BIMSERVICE_CONFIG_DIR;
  const parent = isNamed ? context.configDir : ((await usualDataFolder()) ?? context.configDir);
  if (parent !== null) return join(parent, usual);
  throw new BimServiceError('store-not-writable', 'this account has no home folder to keep data in', {
    hint: 'Name a folder: --data DIR',
  });
}

/** True when a server, or its operator, has kept something in `folder`. */
export async function hasData(folder: string): Promise<boolean> {
  return isThere(join(folder, DATABASE));
}

/** Opens the database in `folder`. Throws `store-not-writable` or `store-damaged`; `missing` passes as StoreError. */
export async function openData(context: Context, folder: string): Promise<SqliteStore> {
  await makeDataFolder(folder);
  try {
    return await openSqliteStore(join(folder, DATABASE), () => context.runtime.clock.now());
  } catch (error) {
    if (error instanceof StoreError && error.fault === 'missing') throw error;
    throw asDataError(error);
  }
}

/** What to do where this Node has no SQLite. */
export const SQLITE_NEEDED = 'Node 22.13 or newer, or: npm install -g better-sqlite3@12';

const HINTS: Readonly<Record<string, string>> = {
  missing: `It takes ${SQLITE_NEEDED}`,
  damaged: 'Put a copy of it in its place, or move it away: clients then register again.',
  newer: 'Use that version of bimservice, or another folder: --data DIR',
  full: 'Make room on the disk.',
  busy: 'Wait until the other process has ended, or use another folder: --data DIR',
  'not-writable': 'Check the rights of the folder, or use another: --data DIR',
};

/** What the store reports, for a person. */
export function asDataError(error: unknown): BimServiceError {
  if (!(error instanceof StoreError))
    return new BimServiceError('internal', messageOf(error), { cause: error });
  const code = error.fault === 'damaged' || error.fault === 'newer' ? 'store-damaged' : 'store-not-writable';
  const hint = HINTS[error.fault];
  return new BimServiceError(code, error.message, { ...(hint === undefined ? {} : { hint }), cause: error });
}

/** Throws `store-not-writable`. */
async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makePrivateFolder(folder);
  } catch (error) {
    throw new BimServiceError(
      'store-not-writable',
      `the data folder ${folder} cannot be made (${systemReason(error, folder)})`,
      { hint: 'Name another folder: --data DIR', cause: error },
    );
  }
}

/** The folders of runs in a data folder. Throws `store-not-writable`. */
export async function openWorkFolders(context: Context, folder: string): Promise<WorkFolders> {
  const path = join(folder, 'runs');
  try {
    return await WorkFolders.open(path, context.runtime.processes, (left, error) => {
      context.reporter.warn(
        `the folder of an earlier run cannot be removed (${systemReason(error, left)}): ${left}`,
      );
    });
  } catch (error) {
    throw new BimServiceError('store-not-writable', `${path} cannot be used (${systemReason(error, path)})`, {
      hint: 'Check the rights of the folder, or use another: --data DIR',
      cause: error,
    });
  }
}

/** One server a folder. Throws `store-not-writable` where another holds it. */
export async function lockData(context: Context, folder: string): Promise<AsyncDisposable> {
  await makeDataFolder(folder);
  return lockFolder(context.ports, join(folder, 'serve.lock'), {
    held: `another server uses the data folder ${folder}`,
    failed: `the data folder ${folder} cannot be locked`,
    hint: 'End that server, or name another folder: --data DIR',
  });
}
