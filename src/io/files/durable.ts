// Bytes that are really on the disk: full writes and a folder that remembers its entries after a power cut.

import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';

/**
 * Writes all of `data` at the handle's position. A write may take only a part (disk nearly full, pipe) without any
 * error (CASES B067): the rest is written until all is, or the system says why not. A handle opened with O_NONBLOCK
 * whose reader is slow is tried again until `signal` says stop. Throws the system's error, or the signal's reason.
 */
export async function writeAll(handle: FileHandle, data: Uint8Array, signal?: AbortSignal): Promise<void> {
  let done = 0;
  let pause = 1;
  while (done < data.length) {
    try {
      const { bytesWritten } = await handle.write(data, done, data.length - done);
      done += bytesWritten;
      pause = 1;
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN') throw error;
      signal?.throwIfAborted();
      await delay(pause);
      pause = Math.min(pause * 2, 50);
    }
  }
}

/**
 * Asks the disk to remember the entries of `folder`. Best effort: Windows and some network shares cannot, and by
 * now the file is complete and in place, so that "failed" would be untrue.
 */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Nothing to do about it, and nothing lost while the power stays on.
  }
}
