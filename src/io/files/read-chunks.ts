// Big reads from one file handle.

import type { FileHandle } from 'node:fs/promises';

/** Bytes of a piece: large enough that the turns between threads cost little, small enough for steady progress. */
export const CHUNK = 1024 * 1024;

/** Up to `length` bytes from `position`; fewer only where the file ends. */
export async function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  return fill(handle, Buffer.allocUnsafe(length), position);
}

/** `buffer`, filled from `position`; shorter where the file ends before. */
export async function fill(handle: FileHandle, buffer: Buffer, position: number): Promise<Uint8Array> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/**
 * The bytes from the start, in pieces of at most 1 MiB, each in a buffer of its own. With `size`, exactly so many (or
 * fewer where the file ends before); with null, what a stream gives until it ends.
 */
export async function* chunksOf(
  handle: FileHandle,
  size: number | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  while (size === null || done < size) {
    const length = size === null ? CHUNK : Math.min(CHUNK, size - done);
    const { bytesRead, buffer } = await handle.read(
      Buffer.allocUnsafe(length),
      0,
      length,
      size === null ? null : done,
    );
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
