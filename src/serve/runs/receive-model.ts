// Receives a model into a file: with a size limit and a minimum rate, but no time limit (CASES B152).

import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { bytesText } from '../../protocol/text/clean-text.js';
import { withIdleLimit } from '../http/bodies.js';
import { oauthError } from '../http/http.js';

/** A sender must send at least this many bytes in each window; a slower one only occupies a socket. */
const LEAST_BYTES = 60;
const WINDOW_MS = 2 * 60_000;

/**
 * Writes the body of `request` to `path` and returns its length. Refuses with 413 above `maxBytes`, and with 408 when the
 * body is too slow. Rejects with the system's error when the disk fails.
 */
export async function receiveModel(
  request: IncomingMessage,
  path: string,
  maxBytes: number,
): Promise<number> {
  await using file = await open(path, 'wx', 0o600);
  let bytes = 0;
  let window = { since: performance.now(), bytes: 0 };
  for await (const chunk of withIdleLimit(request, WINDOW_MS)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    window.bytes += chunk.byteLength;
    if (performance.now() - window.since > WINDOW_MS) {
      if (window.bytes < LEAST_BYTES) throw oauthError(408, 'invalid_request', 'The body arrives too slowly');
      window = { since: performance.now(), bytes: 0 };
    }
    // Written as it arrives, and not collected: many clients send at once, and each would hold what is collected.
    await writeAll(file, chunk);
  }
  return bytes;
}

/** A write may take only a part (CASES B067). */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let rest = chunk; rest.byteLength > 0; ) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

export function tooLarge(maxBytes: number): Error {
  return oauthError(
    413,
    'invalid_request',
    `The model is over ${bytesText(maxBytes)}, the limit of this service`,
  );
}
