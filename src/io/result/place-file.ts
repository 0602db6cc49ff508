// A complete file gets its final name in one step: never over something that is there, unless that is asked for.

import { link as hardLink, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { tryAgain } from '../files/try-again.js';

/**
 * How file systems say that they have no hard links: FAT, SMB, FUSE, Android (EACCES), FAT on Windows (EISDIR), and some
 * that are joined from several disks (EXDEV). What is busy for a moment (EBUSY) is renamed as well, which is tried again.
 */
const NO_HARD_LINKS = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EACCES',
  'EISDIR',
  'EXDEV',
  'EBUSY',
]);

/**
 * Gives `part` the name `target` in the same folder; false when that name is taken, by a file, folder, or symlink
 * that may dangle (CASES B134). Of several callers at once exactly one gets true. Where the file system has no
 * hard links the name is reserved by an empty file for the moment until the rename. What is refused for a moment is tried again
 * for 2 s. Throws the system's error.
 */
export async function placeAsNew(part: string, target: string, link = hardLink): Promise<boolean> {
  try {
    await link(part, target);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(code)) throw error;
    return placeByReserving(part, target);
  }
  // The result is in place: a part that stays is only a second name, and is cleared with the stale ones.
  await unlink(part).catch(() => undefined);
  return true;
}

async function placeByReserving(part: string, target: string): Promise<boolean> {
  try {
    await tryAgain(dirname(target), async () => (await open(target, 'wx', 0o600)).close());
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await tryAgain(dirname(target), () => rename(part, target));
  } catch (error) {
    await unlink(target).catch(() => undefined);
    throw error;
  }
  return true;
}

/**
 * Gives `part` the name `target`, replacing a file, or a symlink itself and never what it points to. False, with
 * nothing changed, when a folder, pipe or device has that name (CASES B136). Throws the system's error.
 */
export async function placeOver(part: string, target: string): Promise<boolean> {
  if ((await whatIsAt(target)) === 'not-a-file') return false;
  await tryAgain(dirname(target), () => rename(part, target));
  return true;
}

/** What has the name `path`. A symlink counts as a file, whatever it points to. */
export async function whatIsAt(path: string): Promise<'nothing' | 'file' | 'not-a-file'> {
  try {
    const stats = await lstat(path);
    return stats.isFile() || stats.isSymbolicLink() ? 'file' : 'not-a-file';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}
