// Measures how much disk space the files of a folder take.

import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mapAtOnce } from '../../at-once.js';

/** Files that are looked at together. */
const AT_ONCE = 8;

/** The disk space of the files below `folder` in bytes; for a sparse file only the written parts. Never rejects. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await mapAtOnce(files, AT_ONCE, async (entry) => {
    const status = await lstat(join(entry.parentPath, entry.name)).catch(() => null);
    return status === null ? 0 : fileBytes(status);
  });
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The disk space of a file in bytes. */
export function fileBytes({ blocks, size }: Pick<Stats, 'blocks' | 'size'>): number {
  // POSIX counts in 512 bytes; Windows has no such number.
  return blocks > 0 ? blocks * 512 : size;
}
