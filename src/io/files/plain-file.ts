// Files of our own are plain files. What else has their name is not read: opening a pipe waits for a program that writes to it.
import { readFileSync, type Stats, statSync } from 'node:fs';

/** The system's error for something that is no plain file and no folder: a pipe, a device or a socket. */
export function notAFile(): Error {
  return Object.assign(new Error('EFTYPE: it is a pipe or a device, not a file'), { code: 'EFTYPE' });
}

/** Throws `notAFile`. A folder has an error of its own when it is opened. */
export function checkKind(stats: Stats): void {
  if (!stats.isFile() && !stats.isDirectory()) throw notAFile();
}

/** The text of a small plain file. Throws the system's error, and `notAFile` before it is opened. */
export function readPlainSync(path: string, stats: Stats = statSync(path)): string {
  checkKind(stats);
  return readFileSync(path, 'utf8');
}
