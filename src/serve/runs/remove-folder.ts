// Removes the folder of a run, also where its command has taken away rights: the module cache of Go is read only.

import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';

/** A folder with so few files, each so short, is removed by short calls: to ask a thread for each of them takes five times as long. */
const FEW_FILES = 16;
const SHORT_BYTES = 1024 * 1024;

const ALL = { recursive: true, force: true, maxRetries: 5 } as const;

/** Rejects with the system's error where something in it cannot be removed. */
export async function removeFolder(path: string): Promise<void> {
  if (removeShort(path)) return;
  try {
    await rm(path, ALL);
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
    await openFolders(path);
    await rm(path, ALL);
  }
}

/** Gives this user every right to a folder and the folders in it. */
async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
  }
}

/** False where it may take long or does not succeed; then a part of it may be gone. */
function removeShort(path: string): boolean {
  let left = FEW_FILES;
  const remove = (folder: string): boolean => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const inside = join(folder, entry.name);
      left -= 1;
      if (left < 0) return false;
      if (entry.isDirectory()) {
        if (!remove(inside)) return false;
      } else {
        if (lstatSync(inside).size > SHORT_BYTES) return false;
        unlinkSync(inside);
      }
    }
    rmdirSync(folder);
    return true;
  };
  try {
    return remove(path);
  } catch {
    return false;
  }
}
