// Request bodies: small ones as a whole, models chunk by chunk, each with a limit for silence.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { inTime } from '../../deadline.js';
import { oauthError } from './http.js';

const SMALL_BODY_BYTES = 64 * 1024;
const SMALL_BODY_MS = 30_000;

/** The body as UTF-8 text. Refuses with 413 over 64 KiB, 408 when it takes over 30 s, 400 when it is not UTF-8. */
export async function readSmallBody(request: IncomingMessage, response: ServerResponse): Promise<string> {
  inviteBody(request, response);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of withIdleLimit(request, SMALL_BODY_MS, SMALL_BODY_MS)) {
    size += chunk.byteLength;
    if (size > SMALL_BODY_BYTES) throw oauthError(413, 'invalid_request', 'The body is over 64 KiB');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw oauthError(400, 'invalid_request', 'The body is not UTF-8');
  }
}

/** Sends `100 Continue` when the client waits for it. Called when a handler needs the body. */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

/**
 * The chunks of a request. Throws a Refusal (408) when no chunk arrives for `idleMs`, or when all of them take longer than
 * `totalMs`. Unlike `for await` over the request it leaves the socket open, so that a response can still be sent when the
 * reader stops early.
 */
export async function* withIdleLimit(
  request: IncomingMessage,
  idleMs: number,
  totalMs = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false });
  const deadline = performance.now() + totalMs;
  try {
    while (true) {
      const next = await inTime(chunks.next(), Math.min(idleMs, deadline - performance.now()));
      if (next === 'late') throw oauthError(408, 'invalid_request', 'The body did not arrive in time');
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited, because it cannot settle while a chunk is awaited.
    chunks.return?.().catch(() => {});
  }
}
