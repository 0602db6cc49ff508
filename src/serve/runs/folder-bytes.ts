// Measures how much disk space the files of a folder take.

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The disk space of the files below `folder` in bytes; for a sparse file only the written parts. Never rejects. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const status = await lstat(join(entry.parentPath, entry.name)).catch(() => null);
    // POSIX counts in 512 bytes; Windows has no such number.
    if (status !== null) sum += status.blocks > 0 ? status.blocks * 512 : status.size;
  }
  return sum;
}
