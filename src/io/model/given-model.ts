// A model that the caller of the library has in memory.
import type { ModelSource } from '../../core/ports/model.js';
import { ModelDetection } from '../../protocol/content/model-detection.js';
import { detectedZip, openStream } from './model-source.js';

export { openStream };

/** The size of a piece: progress is reported for each. */
const PIECE_BYTES = 1024 * 1024;

/** `name`: for messages, and for the name of the result. The bytes must not change until it is closed. */
export function openBytes(name: string, bytes: Uint8Array): ModelSource {
  const detection = new ModelDetection();
  detection.write(bytes);
  const found = detection.end(null, true);
  return {
    path: name,
    length: bytes.length,
    detected: found.kind === 'zip' ? detectedZip() : found,
    repeatable: true,
    async *body() {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
