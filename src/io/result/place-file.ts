// Gives a complete file its final name in one step; it replaces an existing file only on request.

import { link as hardLink, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { tryAgain } from '../files/try-again.js';

/**
 * The errors of file systems without hard links: FAT, SMB, FUSE, Android (EACCES), FAT on Windows (EISDIR), and some that
 * combine several disks (EXDEV). After EBUSY, which does not last, the file is renamed too, with repeated tries.
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
 * Gives `part` the name `target` in the same folder; false when a file, a folder or a symlink (even a dangling one) has
 * that name (CASES B134). Of several callers at once exactly one gets true. When the file system has no hard links, an
 * empty file reserves the name until the rename. A temporary refusal is tried again for 2 s. Throws the system's error.
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
  // The result is in place. If the part stays, it is only a second name, and is removed later with the stale parts.
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
 * Gives `part` the name `target` and replaces a file or a symlink itself, never the target of the symlink. False, with
 * nothing changed, when a folder, pipe or device has that name (CASES B136). Throws the system's error.
 */
export async function placeOver(part: string, target: string): Promise<boolean> {
  if ((await whatIsAt(target)) === 'not-a-file') return false;
  await tryAgain(dirname(target), () => rename(part, target));
  return true;
}

/** What kind of entry has the name `path`. A symlink counts as a file, with any target. */
export async function whatIsAt(path: string): Promise<'nothing' | 'file' | 'not-a-file'> {
  try {
    const stats = await lstat(path);
    return stats.isFile() || stats.isSymbolicLink() ? 'file' : 'not-a-file';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}
