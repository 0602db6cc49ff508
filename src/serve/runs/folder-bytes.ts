// Measures how much disk space the files of a folder take.

import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** The disk space of the files below `folder` in bytes; for a sparse file only the written parts. Never throws. */
export function folderBytes(folder: string): number {
  const files = entriesOf(folder).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + bytesOf(join(entry.parentPath, entry.name)), 0);
}

/** Empty where a folder is removed meanwhile: the next time counts. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
}

function bytesOf(path: string): number {
  try {
    return fileBytes(lstatSync(path));
  } catch {
    return 0;
  }
}

/** The disk space of a file in bytes. */
export function fileBytes({ blocks, size }: Pick<Stats, 'blocks' | 'size'>): number {
  // POSIX counts in 512 bytes; Windows has no such number.
  return blocks > 0 ? blocks * 512 : size;
}
