// A folder that is there afterwards.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { isThere } from './is-there.js';

/**
 * Makes `path` and the folders above it, for this user alone where they are new. Rejects with the system's error. Node's own `recursive`
 * never ends where a file system has no new folders and reports ENOENT, as /proc and automounted folders do.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST' && (await isFolder(path))) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await isThere(parent))) throw error;
    await makePrivateFolder(parent);
    await makePrivateFolder(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}
