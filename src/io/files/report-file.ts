// Writes reports: files of their own, and the summary of a step on GitHub, which other programs add to as well.
import { appendFile, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { systemReason } from './system-reason.js';
import { writeWhole } from './write-whole.js';

/** Replaces `path`, and makes its folder. Throws `result-not-writable`. */
export async function writeReportFile(
  path: string,
  text: string,
  { umask, pid }: { umask: number; pid: number },
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, text, { mode: 0o666 & ~umask, pid });
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** Bytes in `path`; 0 when it does not exist yet. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw notWritable(path, error);
  }
}

/** Throws `result-not-writable`. */
export async function appendToFile(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function notWritable(path: string, error: unknown): BimServiceError {
  return new BimServiceError(
    'result-not-writable',
    `the report ${path} cannot be written (${systemReason(error, path)})`,
    { cause: error, hint: 'Name another file with --report KIND=FILE' },
  );
}
