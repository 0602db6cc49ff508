// Writes reports: files of their own, a pipe or device, and the summary of a step on GitHub, which other programs add to as well.
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { writeAll } from '../files/durable.js';
import { makeFolder } from '../files/make-folder.js';
import { systemReason } from '../files/system-reason.js';
import { writeWhole } from '../files/write-whole.js';
import { isWrittenThrough, openResultPipe } from './result-pipe.js';

export interface ReportOptions {
  umask: number;
  pid: number;
  signal: AbortSignal;
  /** Called once when a named pipe has no reader yet, so that the wait is reported. */
  onNoReader: () => void;
}

/** Replaces `path`, and makes its folder; a pipe or device is written to. Throws `result-not-writable`. */
export async function writeReportFile(path: string, text: string, options: ReportOptions): Promise<void> {
  const { umask, pid, signal } = options;
  try {
    if (await isWrittenThrough(path)) return await writeThrough(path, text, options);
    await makeFolder(dirname(path));
    await writeWhole(path, text, { mode: 0o666 & ~umask, pid });
  } catch (error) {
    signal.throwIfAborted();
    throw notWritable(path, error instanceof BimServiceError ? error.cause : error);
  }
}

async function writeThrough(path: string, text: string, options: ReportOptions): Promise<void> {
  await using pipe = await openResultPipe({ path, ...options });
  await pipe.write(Buffer.from(text));
  await pipe.finish();
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

/** Throws `result-not-writable`, also for a pipe that no program reads. */
export async function appendToFile(path: string, text: string, signal: AbortSignal): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  try {
    await using handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
    await writeAll(handle, Buffer.from(text), { signal });
  } catch (error) {
    signal.throwIfAborted();
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
