// Request bodies: small ones as a whole, models piece by piece, each with a limit for silence.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { inTime } from '../../deadline.js';
import { oauthError } from './http.js';

const SMALL_BODY_BYTES = 64 * 1024;
const SMALL_BODY_MS = 30_000;

/** The body as UTF-8 text. Refuses with 413 over 64 KiB, 408 when it takes over 30 s, 400 when it is not UTF-8. */
export async function readSmallBody(request: IncomingMessage, response: ServerResponse): Promise<string> {
  inviteBody(request, response);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const deadline = performance.now() + SMALL_BODY_MS;
  using reader = new BodyReader(request);
  for (;;) {
    const chunk = await reader.next(deadline - performance.now());
    if (chunk === null) break;
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
 * Waits for the first byte of a body, or for the end of an empty one, and leaves it unread. Throws as `BodyReader.next` does.
 */
export async function bodyBegins(request: IncomingMessage, ms: number): Promise<void> {
  using reader = new BodyReader(request);
  while (!hasBegun(request)) await reader.move(ms);
}

/** True when a part of the body is in memory, or all of it. */
export function hasBegun(request: IncomingMessage): boolean {
  return request.readableLength > 0 || request.complete;
}

/**
 * Reads the body of a request piece by piece, and leaves its socket open, so that a response can still be sent when the
 * reader stops early. It is no generator: the suspended frame of a generator keeps the last piece in memory while it waits,
 * and hundreds of bodies wait at the same time.
 */
export class BodyReader implements Disposable {
  #wake: () => void = () => {};
  #error: Error | undefined;
  #gate: SocketGate | undefined;
  readonly #onMove = (): void => this.#wake();
  readonly #onError = (error: Error): void => {
    this.#error = error;
    this.#wake();
  };

  constructor(private readonly request: IncomingMessage) {
    for (const event of MOVES) request.on(event, this.#onMove);
    request.on('error', this.#onError);
  }

  /**
   * The next piece; null when the body has ended. Throws a Refusal (408) when it does not arrive within `ms`, and Node's error
   * when the sender goes away.
   */
  async next(ms: number): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.now();
      if (piece !== null) return piece;
      if (this.request.readableEnded) return null;
      await this.move(ms);
    }
  }

  /** Resolves when more of the body is here, or its end. Throws as `next` does. */
  async move(ms: number): Promise<void> {
    if (this.request.destroyed) throw this.#error ?? this.request.errored ?? new Error('aborted');
    const moved = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#gate?.open();
    const came = await inTime(moved, ms);
    this.#gate?.close();
    if (came === 'late') throw oauthError(408, 'invalid_request', 'The body did not arrive in time');
  }

  /** From now on the socket is read only while `next` waits. */
  holdBack(): void {
    this.#gate ??= new SocketGate(this.request.socket);
  }

  /** What has arrived and was not read; null when there is nothing. */
  now(): Uint8Array | null {
    const piece: unknown = this.request.read();
    return piece instanceof Uint8Array ? piece : null;
  }

  [Symbol.dispose](): void {
    for (const event of MOVES) this.request.off(event, this.#onMove);
    this.request.off('error', this.#onError);
    this.#gate?.[Symbol.dispose]();
  }
}

/** Each `read` of a request lets its socket go on, and a socket that was paused once waits for no reader of its request. */
class SocketGate implements Disposable {
  #isOpen = false;
  readonly #onResume = (): void => {
    if (!this.#isOpen) this.socket.pause();
  };

  constructor(private readonly socket: Socket) {
    socket.on('resume', this.#onResume);
    socket.pause();
  }

  open(): void {
    this.#isOpen = true;
    this.socket.resume();
  }

  close(): void {
    this.#isOpen = false;
    this.socket.pause();
  }

  [Symbol.dispose](): void {
    this.socket.off('resume', this.#onResume);
    this.socket.resume();
  }
}

const MOVES = ['readable', 'end', 'close'] as const;
