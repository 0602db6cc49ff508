// The first picture of each topic, for a report that holds it in itself.
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { ZipDefect } from '../files/zip-defect.js';
import { openBcf } from './open-bcf.js';
import { pictureType } from './picture-type.js';

/** A larger picture would make a page that no mail takes. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_IN_ALL = 40 * 1024 * 1024;

/**
 * `data:` addresses by topic, for PNG and JPEG of at most 2 MiB, and 40 MiB together. What cannot be read is left out: the
 * problems of an archive are reported where its topics are read.
 */
export async function picturesOf(
  archive: string,
  topics: readonly BcfTopic[],
  signal: AbortSignal,
): Promise<Map<BcfTopic, string>> {
  const found = new Map<BcfTopic, string>();
  let left = MOST_IN_ALL;
  await using bcf = await openBcf(archive);
  for (const topic of topics) {
    const name = topic.viewpoints.find(({ snapshot }) => snapshot !== null)?.snapshot ?? null;
    if (name === null || left <= 0) continue;
    signal.throwIfAborted();
    const bytes = await shortBytes(bcf.read(name), Math.min(MOST_BYTES, left));
    const type = bytes === null ? null : pictureType(bytes);
    if (bytes === null || type === null) continue;
    left -= bytes.length;
    found.set(topic, `data:${type};base64,${bytes.toString('base64')}`);
  }
  return found;
}

/** Null for more than `most` bytes, and for a damaged entry. */
async function shortBytes(pieces: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | null> {
  const all: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of pieces) {
      length += piece.length;
      if (length > most) return null;
      all.push(piece);
    }
    return Buffer.concat(all);
  } catch (error) {
    if (error instanceof ZipDefect) return null;
    throw error;
  }
}
