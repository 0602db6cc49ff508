// The marks of a file, by which a look sees that it was written.
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Changes with each write that the file system shows. Programs can set mtime, but not ctime. */
export function fileMark({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

/** Size and time: what a writer changes while it writes. */
export function stillMark({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}

/** The mark of a file now; null when it is not there or cannot be read. */
export async function fileMarkAt(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(fileMark, () => null);
}
