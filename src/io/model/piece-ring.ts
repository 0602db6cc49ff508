// Buffers in which a large model passes from its file to the network: a gigabyte takes no more memory than a megabyte.

import type { FileHandle } from 'node:fs/promises';
import { CHUNK, fill } from '../files/read-chunks.js';

/**
 * From here on a model is large: it moves in larger pieces, since each costs a few turns between threads and processes,
 * and is hashed in a thread of its own (model-hash.ts). Below, neither would pay, and progress would come in leaps.
 */
export const LARGE_MODEL_BYTES = 64 * 1024 * 1024;
const LARGE_CHUNK = 4 * 1024 * 1024;

/** Of the four pieces that can be under way, one is read, one looked at, two written and hashed. */
const IN_TURN = 4;

/** Buffers that take turns in one pass over a file. */
export interface PieceRing {
  buffers: Buffer[];
  /** Bytes of each; less where the whole file is shorter. */
  pieceBytes: number;
}

/** Rings of large pieces that nobody uses. */
const spareRings: PieceRing[] = [];

/**
 * A ring for a file of `size` bytes. That of a large one is shared memory, for the thread that hashes it; the garbage
 * collector does not count such memory and would let it pile up from model to model, so it has to be given back.
 */
export function takeRing(size: number): PieceRing {
  if (size < LARGE_MODEL_BYTES) return { buffers: [], pieceBytes: CHUNK };
  const shared = () => Buffer.from(new SharedArrayBuffer(LARGE_CHUNK));
  return spareRings.pop() ?? { buffers: Array.from({ length: IN_TURN }, shared), pieceBytes: LARGE_CHUNK };
}

/** Only when no piece of it is read, written or hashed any more. */
export function returnRing(ring: PieceRing): void {
  if (ring.pieceBytes === LARGE_CHUNK) spareRings.push(ring);
}

/**
 * The `size` bytes from the start in the pieces of `ring`, the next read while one is in use. For one pass over a large
 * file: a piece is overwritten once the third after it is asked for, so that a gigabyte takes no more memory than a
 * megabyte, and none of the time that fresh memory costs.
 */
export async function* passingChunks(
  handle: FileHandle,
  size: number,
  { buffers, pieceBytes }: PieceRing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const read = async (index: number): Promise<Uint8Array | null> => {
    const position = index * pieceBytes;
    const length = Math.min(pieceBytes, size - position);
    if (length <= 0) return null;
    const buffer = buffers[index % IN_TURN] ?? Buffer.allocUnsafeSlow(length);
    buffers[index % IN_TURN] = buffer;
    const piece = await fill(handle, buffer.subarray(0, length), position);
    return piece.length === 0 ? null : piece;
  };
  let next = read(0);
  try {
    for (let index = 1; ; index += 1) {
      const piece = await next;
      if (piece === null) return;
      next = read(index);
      // Heard when it is waited for; until then it must not count as unhandled.
      next.catch(() => {});
      yield piece;
    }
  } finally {
    // The handle is closed behind us: nothing may still be reading from it.
    await next.catch(() => {});
  }
}
