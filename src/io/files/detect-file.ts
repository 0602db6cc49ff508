// The type of a model in a file: from its start and its end, and from as much more as its type takes.

import type { FileHandle } from 'node:fs/promises';
import { ModelDetection } from '../../protocol/content/model-detection.js';
import type { ModelType } from '../../protocol/content/model-type.js';
import { chunksOf } from './read-chunks.js';
import { readTail } from './read-tail.js';

export async function detectFile(handle: FileHandle, size: number): Promise<ModelType> {
  const detection = new ModelDetection();
  let bytes = 0;
  for await (const piece of chunksOf(handle, size)) {
    detection.write(piece);
    bytes += piece.byteLength;
    if (!detection.wantsMore) break;
  }
  return detection.end(await readTail(handle, size), bytes >= size);
}
