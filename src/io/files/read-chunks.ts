// Reads pieces of a file.

import type { FileHandle } from 'node:fs/promises';

/** The size of a piece in bytes: large enough that thread switches cost little, small enough for smooth progress. */
export const CHUNK = 1024 * 1024;

/** Up to `length` bytes from `position`; fewer only at the end of the file. */
export async function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  return fill(handle, Buffer.allocUnsafe(length), position);
}

/** `buffer`, filled from `position`; shorter when the file ends earlier. */
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
 * The bytes from the start, in pieces of at most 1 MiB, each in its own buffer. With `size`, exactly that many (fewer
 * when the file ends earlier); with null, until the stream ends.
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
