// A result that is written into a pipe or device (`-o /dev/null`, a FIFO): nothing is created, renamed or removed.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SavedResult } from '../../core/ports/result.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { writeAll } from '../files/durable.js';
import { resultNotWritable } from './result-errors.js';

const READER_POLL_MS = 100;

/**
 * True for a path that is written directly: a pipe, device or socket, and everything below /dev or /proc (even a plain
 * file is there a name for something else, like `/dev/stdout` of a redirected run). False for a file, a folder, and a path
 * that does not exist.
 */
export async function isWrittenThrough(path: string): Promise<boolean> {
  if (/^\/(?:dev(?!\/shm(?:\/|$))|proc)\//.test(resolve(path))) return true;
  try {
    const stats = await stat(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    return false;
  }
}

export interface ResultPipeOptions {
  path: string;
  /** Ends the wait for a reader, and for a slow reader. */
  signal: AbortSignal;
  /** Called once when a FIFO has no reader yet, so that the wait is reported. */
  onNoReader: () => void;
}

/**
 * Opens a pipe or device for a result. A FIFO without a reader would block an ordinary open, in a thread that no signal
 * reaches. So this opens it without blocking, calls `onNoReader`, and tries again until there is a reader or `signal`
 * aborts (then its reason is thrown). Throws BimServiceError `result-not-writable`.
 */
export async function openResultPipe(options: ResultPipeOptions): Promise<ResultPipe> {
  const { path, signal, onNoReader } = options;
  // No O_CREAT: a misspelled device must not become a file in /dev. O_APPEND: `/dev/stdout` may be a file.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;
  let isReported = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      return new ResultPipe(path, await open(path, flags), signal);
    } catch (error) {
      const waitsForReader = systemErrorCode(error) === 'ENXIO' && (await isFifo(path));
      if (!waitsForReader) throw resultNotWritable(path, error);
    }
    if (!isReported) onNoReader();
    isReported = true;
    await delay(READER_POLL_MS);
  }
}

async function isFifo(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFIFO() ?? false;
}

/** A result that is written directly. What has been written cannot be removed; disposing only closes the pipe. */
export class ResultPipe implements AsyncDisposable {
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #hash = createHash('sha256');
  #handle: FileHandle | null;
  #bytes = 0;

  constructor(path: string, handle: FileHandle, signal: AbortSignal) {
    this.#path = path;
    this.#handle = handle;
    this.#signal = signal;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of `chunk`, at the reader's pace. One call at a time. Throws BimServiceError `result-not-writable`. */
  async write(chunk: Uint8Array): Promise<void> {
    const handle = this.#handle;
    if (handle === null) throw new BimServiceError('internal', 'a result was written after it was closed');
    try {
      await writeAll(handle, chunk, { signal: this.#signal });
    } catch (error) {
      throw resultNotWritable(this.#path, error);
    }
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Closes the pipe: the reader sees its end. Called once. */
  async finish(): Promise<SavedResult> {
    try {
      await this.#close();
    } catch (error) {
      throw resultNotWritable(this.#path, error);
    }
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close().catch(() => undefined);
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}
