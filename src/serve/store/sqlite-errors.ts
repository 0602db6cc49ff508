// What SQLite's error codes mean for an operator (https://sqlite.org/rescode.html), from either driver.

import { messageOf, systemErrorCode } from '../../errors.js';
import { StoreError, type StoreFault } from './port.js';

/** Result codes, the extended one first; other extended codes have a primary code in their low byte. */
const FAULTS: ReadonlyMap<number, readonly [name: string, fault: StoreFault, words: string]> = new Map([
  [4874, ['IOERR_SHMSIZE', 'full', 'the disk is full']],
  [5, ['BUSY', 'busy', 'another process holds it']],
  [6, ['LOCKED', 'busy', 'another process holds it']],
  [8, ['READONLY', 'not-writable', 'it cannot be written']],
  [10, ['IOERR', 'not-writable', 'the disk reports an error']],
  [11, ['CORRUPT', 'damaged', 'it is damaged']],
  [13, ['FULL', 'full', 'the disk is full']],
  [14, ['CANTOPEN', 'not-writable', 'it cannot be opened']],
  [26, ['NOTADB', 'damaged', 'it is not a database']],
]);

/** `error` as a StoreError about the database at `path`. */
export function asStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const known = [...FAULTS].find(([number, [name]]) => isCode(error, number, name))?.[1];
  const [, fault, words] = known ?? (['', 'failed', messageOf(error)] as const);
  return new StoreError(fault, `${path}: ${words}`, { cause: error });
}

/** node:sqlite gives a number in `errcode`, better-sqlite3 a name in `code` (`SQLITE_IOERR_WRITE`). */
function isCode(error: unknown, number: number, name: string): boolean {
  if (typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number')
    return error.errcode === number || (error.errcode & 0xff) === number;
  const code = systemErrorCode(error);
  return code === `SQLITE_${name}` || (code?.startsWith(`SQLITE_${name}_`) ?? false);
}
