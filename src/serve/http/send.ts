// Sends a response: from memory, from a file, or before the body of its request has arrived.

import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import type { ResponseContent } from './http.js';

const DRAIN_BYTES = 1024 * 1024;
const DRAIN_MS = 2000;
const READ_BYTES = 256 * 1024;
/** A file up to this length is read at once: it was written just now, and the kernel takes so much for a slow reader. */
const SMALL_BYTES = 64 * 1024;

/**
 * Sends `content` and resolves when it was passed on or the client has closed. If the request's body is still arriving, the
 * rest is read, so that the client can read the response (CASES B157). A slow reader needs no memory: a file is read as
 * fast as it is sent. Rejects when a file cannot be read to its end; the connection is then cut, so that an incomplete
 * body does not look complete.
 */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  content: ResponseContent,
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const { body } = content;
  if (typeof body === 'object' && 'path' in body) {
    writeHead(response, content, body.bytes, {});
    await sendFile(response, body.path, body.bytes);
    return;
  }
  const bytes = Buffer.from(body);
  if (request.complete || !hasBody(request)) {
    writeHead(response, content, bytes.byteLength, {});
    response.end(request.method === 'HEAD' ? undefined : bytes);
    await finished(response).catch(() => {});
    return;
  }
  writeHead(response, content, bytes.byteLength, { Connection: 'close' });
  response.write(bytes);
  linger(request);
}

function writeHead(
  response: ServerResponse,
  { status, reason, headers }: ResponseContent,
  bytes: number,
  more: Record<string, string>,
): void {
  const all = { ...headers, 'Content-Length': String(bytes), ...more };
  if (reason === undefined) response.writeHead(status, all);
  else response.writeHead(status, reason, all);
}

async function sendFile(response: ServerResponse, path: string, bytes: number): Promise<void> {
  if (bytes <= SMALL_BYTES) return await sendSmall(response, path, bytes);
  await using file = await open(path, 'r');
  // Of a growing file only the announced bytes are sent.
  const end = Math.max(0, bytes - 1);
  const options = { end, autoClose: false, highWaterMark: READ_BYTES };
  try {
    await pipeline(file.createReadStream(options), response);
  } catch (error) {
    if (!response.writableFinished && !response.destroyed) response.destroy();
    if (!isClientGone(error)) throw error;
  }
}

async function sendSmall(response: ServerResponse, path: string, bytes: number): Promise<void> {
  try {
    response.end(readWhole(path, bytes));
  } catch (error) {
    response.destroy();
    throw error;
  }
  await finished(response).catch(() => {});
}

/** The first `bytes` of a file. Throws the system's error, or an Error when there are fewer. */
function readWhole(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const body = Buffer.alloc(bytes);
    for (let done = 0; done < bytes; ) {
      const read = readSync(file, body, done, bytes - done, null);
      if (read === 0) throw new Error('the result became shorter while it was sent');
      done += read;
    }
    return body;
  } finally {
    closeSync(file);
  }
}

/** The codes of Node for a reader that went away. */
function isClientGone(error: unknown): boolean {
  const codes = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'];
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** True when the request has a body. */
export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

// Closing a socket with unread bytes resets it, and a reset can overtake the response. So this sends the end of the
// stream, reads for some time, and then closes.
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
