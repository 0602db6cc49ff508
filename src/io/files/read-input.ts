// Reads small inputs from files and stdin.
import { type FileHandle, open } from 'node:fs/promises';
import { BimServiceError } from '../../errors.js';
import { chunksOf } from './read-chunks.js';

/** No list and no file of services is larger. A device (`/dev/zero`) and a stream may never end. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A whole file, pipe or device. Rejects with the system's error, and with ERR_FS_FILE_TOO_LARGE for more than `most` bytes. */
export async function readLocalFile(path: string, most = MOST_BYTES): Promise<Uint8Array> {
  await using handle = await open(path, 'r');
  const bytes = await atMost(most, await piecesOf(handle));
  if (bytes === null)
    throw Object.assign(new Error('the file is too large'), { code: 'ERR_FS_FILE_TOO_LARGE' });
  return bytes;
}

/** All of stdin, which is a small document or a secret. Throws `usage` where it is larger. */
export async function readAll(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const bytes = await atMost(MOST_BYTES, input);
  if (bytes === null)
    throw new BimServiceError('usage', `stdin holds more than ${MOST_BYTES / 1024 / 1024} MiB`, {
      hint: 'Pipe in only what the command asks for.',
    });
  return bytes;
}

/** A file of /proc has a size of 0, and content. */
async function piecesOf(handle: FileHandle): Promise<AsyncIterable<Uint8Array>> {
  const stats = await handle.stat();
  return chunksOf(handle, stats.isFile() && stats.size > 0 ? stats.size : null);
}

/** Null for more than `most` bytes. */
async function atMost(
  most: number,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > most) return null;
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}
