// Reads a large file through a small set of reused buffers.

import type { FileHandle } from 'node:fs/promises';
import { CHUNK, fill } from '../files/read-chunks.js';

/**
 * The size from which a model is large. A large model is read in larger pieces, because each piece costs some switches
 * between threads and processes, and is hashed in a separate thread (model-hash.ts). For a smaller model neither is
 * worth it, and its progress would move in large steps.
 */
export const LARGE_MODEL_BYTES = 64 * 1024 * 1024;
const LARGE_CHUNK = 4 * 1024 * 1024;

/** At most four pieces are in use: one is read, one is inspected, two are sent and hashed. */
const RING_BUFFERS = 4;

/** Buffers that are used in turn while a file is read. */
export interface PieceRing {
  buffers: Buffer[];
  /** The size of each buffer in bytes; smaller when the whole file is smaller. */
  pieceBytes: number;
}

/** Rings for large models that are not in use. */
const spareRings: PieceRing[] = [];

/**
 * A ring for a file of `size` bytes. The ring of a large file is shared memory, for the thread that hashes it. The garbage
 * collector does not count shared memory, so it would accumulate from model to model: return the ring after use.
 */
export function takeRing(size: number): PieceRing {
  if (size < LARGE_MODEL_BYTES) return { buffers: [], pieceBytes: CHUNK };
  const shared = () => Buffer.from(new SharedArrayBuffer(LARGE_CHUNK));
  return (
    spareRings.pop() ?? { buffers: Array.from({ length: RING_BUFFERS }, shared), pieceBytes: LARGE_CHUNK }
  );
}

/** Call this only when no piece of the ring is being read, sent or hashed. */
export function returnRing(ring: PieceRing): void {
  if (ring.pieceBytes === LARGE_CHUNK) spareRings.push(ring);
}

/**
 * The first `size` bytes in the pieces of `ring`. The next piece is read while one is in use. For reading a large file
 * once: memory is used again as the buffer contract of `ModelSource.body` allows it. So a gigabyte needs no more memory
 * than a megabyte, and no time to allocate it.
 */
export async function* ringChunks(
  handle: FileHandle,
  size: number,
  { buffers, pieceBytes }: PieceRing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const read = async (index: number): Promise<Uint8Array | null> => {
    const position = index * pieceBytes;
    const length = Math.min(pieceBytes, size - position);
    if (length <= 0) return null;
    const buffer = buffers[index % RING_BUFFERS] ?? Buffer.allocUnsafeSlow(length);
    buffers[index % RING_BUFFERS] = buffer;
    const piece = await fill(handle, buffer.subarray(0, length), position);
    return piece.length === 0 ? null : piece;
  };
  let next = read(0);
  try {
    for (let index = 1; ; index += 1) {
      const piece = await next;
      if (piece === null) return;
      next = read(index);
      // A failure is thrown by the `await` above; until then it must not count as an unhandled rejection.
      next.catch(() => {});
      yield piece;
    }
  } finally {
    // The caller closes the handle after this, so no read may still be running.
    await next.catch(() => {});
  }
}
