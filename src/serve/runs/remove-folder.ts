// Removes the folder of a run, also where its command has taken away rights: the module cache of Go is read only.

import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';

const ALL = { recursive: true, force: true, maxRetries: 5 } as const;

/** Rejects with the system's error where something in it cannot be removed. */
export async function removeFolder(path: string): Promise<void> {
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
