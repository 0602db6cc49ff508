// A result while it is received: a hidden part in the target's folder, which gets its name only when it is complete.

import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ByteRange, SavedResult } from '../../core/ports/result.js';
import { BimServiceError } from '../../errors.js';
import { numbered } from '../../protocol/invocation/result-name.js';
import { syncFolder, writeAll } from '../files/durable.js';
import { tryAgain } from '../files/try-again.js';
import { partName, TOUCH_EVERY_MS } from '../files/unfinished-files.js';
import type { FolderNames } from './folder-names.js';
import { placeAsNew, placeOver, whatIsAt } from './place-file.js';
import { resultExists, resultNotWritable } from './result-errors.js';

/** More numbered results of one name than a folder can usefully hold; it ends a loop that might not end otherwise. */
const MAX_NUMBERS = 10_000;

/** A cut moves the bytes of a result in pieces of so many. */
const CUT_BYTES = 1024 * 1024;

export interface ResultFileOptions {
  /** The folder of the result; it must exist. */
  directory: string;
  /** The umask of the process: a finished result has the mode 0666 without these bits, like any new file. */
  umask: number;
  /** The id of the process, which is in the name of the part (see `removeStaleParts`). */
  pid: number;
}

export interface CommitOptions {
  /**
   * Replace a file or symlink of that name (`--force`), or only the paths for which this returns true. Folders, pipes and
   * devices are never replaced.
   */
  overwrite: boolean | ((path: string) => Promise<boolean>);
  /** When the name exists: the next free `name (1).ext`, or BimServiceError `result-exists`. */
  onTaken: 'number' | 'fail';
  /** The names of the command's other results in the same folder. */
  names?: FolderNames;
  /** Only these bytes become the result; null or absent: all. */
  only?: ByteRange | null;
  /** An abort before the result has its name leaves nothing behind; the reason is then thrown. */
  signal?: AbortSignal;
}

/**
 * Creates the part of a result (0600) in `directory`. Called before the model is sent, so that a folder without write
 * access is found before anything is sent. Throws BimServiceError `result-not-writable`.
 */
export async function openResultFile({ directory, umask, pid }: ResultFileOptions): Promise<ResultFile> {
  const part = join(directory, partName(pid, randomBytes(8).toString('hex')));
  try {
    const handle = await tryAgain(directory, () => open(part, 'wx+', 0o600));
    return new ResultFile(directory, part, handle, 0o666 & ~umask);
  } catch (error) {
    throw resultNotWritable(directory, error);
  }
}

/**
 * The part of a result. Disposing it without a commit removes it. Before the commit no file has the result's name. All
 * failures are BimServiceErrors (`result-not-writable`, `result-exists`), exit 7.
 */
export class ResultFile implements AsyncDisposable {
  readonly #directory: string;
  readonly #part: string;
  readonly #mode: number;
  #hash = createHash('sha256');
  readonly #touching: NodeJS.Timeout;
  /** Null after everything is on the disk and the file is closed. */
  #handle: FileHandle | null;
  #sha256: string | null = null;
  /** The first failed write. The part is then incomplete and never gets a name. */
  #failure: unknown;
  #bytes = 0;

  constructor(directory: string, part: string, handle: FileHandle, mode: number) {
    this.#directory = directory;
    this.#part = part;
    this.#handle = handle;
    this.#mode = mode;
    // A service may work for hours before its first byte; the touch shows runs on other machines that the part is in use.
    this.#touching = setInterval(() => {
      const now = new Date();
      this.#handle?.utimes(now, now).catch(() => undefined);
    }, TOUCH_EVERY_MS);
    this.#touching.unref();
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The path of the bytes before they have a name; complete only between writes. */
  get part(): string {
    return this.#part;
  }

  /** Appends all of `chunk`. One call at a time; none after `commit` or `keepAs`. */
  async write(chunk: Uint8Array): Promise<void> {
    const handle = this.#handle;
    if (handle === null) throw new BimServiceError('internal', 'a result was written after it was closed');
    try {
      await writeAll(handle, chunk);
    } catch (error) {
      this.#failure = resultNotWritable(this.#directory, error);
      throw this.#failure;
    }
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * Flushes the result to the disk and gives it the name `name` (one segment) in its folder. After `result-exists` it can
   * be called again with another name: the result still exists.
   */
  async commit(name: string, options: CommitOptions): Promise<SavedResult> {
    const { only = null, signal } = options;
    if (basename(name) !== name || name === '.' || name === '..' || name === '' || name.includes('\0')) {
      throw new BimServiceError('internal', 'the name for a result is not a file name');
    }
    if (this.#failure !== undefined) throw this.#failure;
    signal?.throwIfAborted();
    const target = join(this.#directory, name);
    try {
      if (only !== null) await this.#cut(only);
      const sha256 = await this.#close();
      signal?.throwIfAborted();
      const path = await this.#place(name, options);
      await syncFolder(this.#directory);
      return { path, bytes: this.#bytes, sha256 };
    } catch (error) {
      throw resultNotWritable(target, error);
    }
  }

  /** Keeps a rejected body in the folder of the result as `NAME.rejected`, with a number when that name exists. */
  keepAs(name: string): Promise<SavedResult> {
    return this.commit(`${name}.rejected`, { overwrite: false, onTaken: 'number' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#touching);
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => undefined);
    await unlink(this.#part).catch(() => undefined);
  }

  /** Moves the bytes of a range to the start, and drops the others. A failure on the way leaves no result. */
  async #cut({ start, end }: ByteRange): Promise<void> {
    const handle = this.#handle;
    if (handle === null) return;
    const buffer = Buffer.allocUnsafe(CUT_BYTES);
    this.#hash = createHash('sha256');
    try {
      for (let done = 0; done < end - start; ) {
        const wanted = Math.min(buffer.length, end - start - done);
        const { bytesRead } = await handle.read(buffer, 0, wanted, start + done);
        if (bytesRead === 0) throw new Error('a result has become shorter');
        const piece = buffer.subarray(0, bytesRead);
        if (start > 0) await writeAll(handle, piece, { at: done });
        this.#hash.update(piece);
        done += bytesRead;
      }
      await handle.truncate(end - start);
      this.#bytes = end - start;
    } catch (error) {
      this.#failure = resultNotWritable(this.#directory, error);
      throw this.#failure;
    }
  }

  async #close(): Promise<string> {
    clearInterval(this.#touching);
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) {
      try {
        // File systems without modes (FAT, some shares) refuse this; the result is more important.
        await handle.chmod(this.#mode).catch(() => undefined);
        await handle.sync().finally(() => handle.close());
      } catch (error) {
        this.#failure = resultNotWritable(this.#directory, error);
        throw this.#failure;
      }
    }
    this.#sha256 ??= this.#hash.digest('hex');
    return this.#sha256;
  }

  async #place(name: string, { overwrite, onTaken, names }: CommitOptions): Promise<string> {
    for (let n = names?.firstNumber(name) ?? 0; n < MAX_NUMBERS; n += 1) {
      const candidate = n === 0 ? name : numbered(name, n);
      if (names?.take(name, n, candidate) === false) continue;
      const path = join(this.#directory, candidate);
      if (names?.wasThere(candidate) !== true && (await placeAsNew(this.#part, path))) return path;
      const replaces = typeof overwrite === 'function' ? await overwrite(path) : overwrite && n === 0;
      if (replaces && (await placeOver(this.#part, path))) return path;
      if (onTaken === 'fail') break;
    }
    const wanted = join(this.#directory, name);
    throw resultExists(wanted, (await whatIsAt(wanted)) === 'not-a-file' ? 'not-a-file' : 'file');
  }
}
