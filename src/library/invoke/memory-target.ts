// A result that is kept in memory.
import { createHash } from 'node:crypto';
import type { ResultTarget } from '../../core/ports/result.js';
import { inspectBytes } from '../../io/result/inspect-result.js';

export interface MemoryTarget extends ResultTarget {
  /** The result; null until there is one. */
  readonly bytes: Uint8Array | null;
}

/** Nothing of it is on the disk, so nothing is kept of a response that is not accepted. */
export function memoryTarget(): MemoryTarget {
  const chunks: Uint8Array[] = [];
  let result: Uint8Array | null = null;
  return {
    get bytes() {
      return result;
    },
    resultWanted: false,
    passesThrough: false,
    async write(chunk) {
      // The memory of a chunk may be reused after this.
      chunks.push(Uint8Array.from(chunk));
    },
    inspect: () => inspectBytes(Buffer.concat(chunks)),
    async commit(name, only) {
      const whole = Buffer.concat(chunks);
      const bytes = only === null ? whole : whole.subarray(only.start, only.end);
      result = bytes;
      return { path: name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    keepRejected: async () => null,
    saveReceipt: async () => null,
    [Symbol.asyncDispose]: async () => {},
  };
}
