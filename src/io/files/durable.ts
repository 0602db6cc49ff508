// Writes bytes durably: complete writes, and folders whose entries survive a power failure.

import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';

export interface WriteOptions {
  /** The first byte in the file; absent: the handle's position. */
  at?: number;
  signal?: AbortSignal;
}

/**
 * Writes all of `data`. A write may take only a part without any error (disk nearly full, pipe;
 * CASES B067), so the rest is written until all is done or the system reports an error. A handle with O_NONBLOCK and a
 * slow reader is tried again until `signal` aborts. Throws the system's error, or the signal's reason.
 */
export async function writeAll(
  handle: FileHandle,
  data: Uint8Array,
  { at, signal }: WriteOptions = {},
): Promise<void> {
  let done = 0;
  let pause = 1;
  while (done < data.length) {
    try {
      const { bytesWritten } = await handle.write(
        data,
        done,
        data.length - done,
        at === undefined ? null : at + done,
      );
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

/** For each folder: the flush that runs, and the one after it, which has not begun. */
const flushes = new Map<string, { running: Promise<void>; next: Promise<void> | null }>();

/**
 * Flushes the entries of `folder` to the disk. Callers that come while a flush runs share the next one. Best effort: Windows
 * and some network shares cannot do it. The file is already complete and in place, so a failure here is not reported.
 */
export function syncFolder(folder: string): Promise<void> {
  const current = flushes.get(folder);
  if (current === undefined) {
    const first = { running: flush(folder), next: null };
    flushes.set(folder, first);
    first.running.then(() => advance(folder));
    return first.running;
  }
  current.next ??= current.running.then(() => flush(folder));
  return current.next;
}

function advance(folder: string): void {
  const next = flushes.get(folder)?.next ?? null;
  if (next === null) return void flushes.delete(folder);
  flushes.set(folder, { running: next, next: null });
  next.then(() => advance(folder));
}

async function flush(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Nothing can be done about it, and nothing is lost unless the power fails.
  }
}
