// The provider's HTTP: responses as values, small bodies with limits, and answers that come before the body has.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { inTime } from '../deadline.js';

/** A whole answer. Content-Length is added when it is sent. */
export interface ResponseContent {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Thrown by a handler to answer at once. */
export class Refusal extends Error {
  constructor(readonly content: ResponseContent) {
    super(`HTTP ${content.status}`);
    this.name = 'Refusal';
  }
}

/** A JSON answer that is kept nowhere (RFC 6749 5.1 asks for both header fields). */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): ResponseContent {
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(value),
  };
}

/**
 * An error answer with the members of RFC 6749 5.2. `description` is a fixed text of printable ASCII without quotes
 * and backslashes.
 */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Refusal {
  return new Refusal(jsonResponse(status, { error, error_description: description }, headers));
}

export function methodNotAllowed(allow: string): Refusal {
  return oauthError(405, 'invalid_request', `This address takes ${allow} only`, { Allow: allow });
}

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

/** Sends `100 Continue` where the client waits for it; called once a handler wants the body. */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

/**
 * The chunks of a request. Throws a Refusal (408) when none comes for `idleMs` while one is awaited, or when all of
 * them take over `totalMs`. Unlike `for await` over the request it leaves the socket open, so that an answer can
 * still be sent when the reader stops early.
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
    // Not awaited: while a chunk is still awaited this cannot settle.
    chunks.return?.().catch(() => {});
  }
}

const DRAIN_BYTES = 1024 * 1024;
const DRAIN_MS = 2000;

/** Sends `content`; where the request's body is still on its way, so that the client can read the answer (CASES B157). */
export function send(request: IncomingMessage, response: ServerResponse, content: ResponseContent): void {
  if (response.destroyed || response.headersSent) return;
  const body = Buffer.from(content.body);
  const headers = { ...content.headers, 'Content-Length': String(body.byteLength) };
  if (request.complete || !hasBody(request)) {
    response.writeHead(content.status, headers).end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.writeHead(content.status, { ...headers, Connection: 'close' });
  response.write(body);
  linger(request);
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

// Closing a socket with unread bytes resets it, and a reset can overtake the answer. So: say that no more comes
// from us, read on for a while, then close.
function linger(request: IncomingMessage): void {
  const { socket } = request;
  socket.end();
  let drained = 0;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MS);
  socket.once('close', () => clearTimeout(timer));
  request.on('error', () => {});
  request.on('end', () => socket.destroySoon());
  request.on('data', (chunk: Uint8Array) => {
    drained += chunk.byteLength;
    if (drained > DRAIN_BYTES) socket.destroy();
  });
  request.resume();
}
