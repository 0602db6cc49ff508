// The end of a model's file, without the zero bytes that some disks and programs append.

import type { FileHandle } from 'node:fs/promises';
import { TAIL_BYTES, withoutZeros } from '../../protocol/content/model-type.js';
import { readFully } from './read-chunks.js';

const STEP = 64 * 1024;

/** More zero bytes than this are not passed over. */
const MOST_ZEROS = 64 * 1024 * 1024;

/** The last TAIL_BYTES before the zero bytes at the end; fewer of a shorter file. */
export async function readTail(handle: FileHandle, size: number): Promise<Uint8Array> {
  let end = size;
  for (let step = TAIL_BYTES; size - end <= MOST_ZEROS && end > 0; step = STEP) {
    const from = Math.max(0, end - step);
    const kept = withoutZeros(await readFully(handle, from, end - from)).byteLength;
    end = from + kept;
    if (kept > 0) break;
  }
  const from = Math.max(0, end - TAIL_BYTES);
  return readFully(handle, from, end - from);
}
