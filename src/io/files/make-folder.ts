// A folder that is there afterwards.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { isThere } from './is-there.js';

/**
 * Makes `path` and the folders above it. Rejects with the system's error. Node's own `recursive` never ends where a file system has no
 * new folders and reports ENOENT, as /proc and automounted folders do.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdirOnce(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (systemErrorCode(error) !== 'ENOENT' || parent === path) throw error;
    if (!(await isThere(parent))) await makeFolder(parent, mode);
    // Where another process has made the folders above meanwhile, it succeeds now.
    await mkdirOnce(path, mode);
  }
}

/** As `makeFolder`, for this user alone where a folder is new. */
export function makePrivateFolder(path: string): Promise<void> {
  return makeFolder(path, 0o700);
}

async function mkdirOnce(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const isFolder = async (): Promise<boolean> => (await stat(path)).isDirectory();
    if (systemErrorCode(error) !== 'EEXIST' || !(await isFolder().catch(() => false))) throw error;
  }
}
