// The websocket `/stream` (PROTOCOL 1.7): a client names its token on it, and a run with that token reports its progress
// and its result there.

import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Progress, ServiceResult } from './service/served-service.js';
import { readMembers } from './store/members.js';

export const STREAM_PATH = '/stream';

/** A client that does not name its token in this time, ms, is disconnected. */
const GREETING_MS = 10_000;
/** A client that does not respond to pings is disconnected. */
const PING_MS = 30_000;
const PIECE_BYTES = 1024 * 1024;

/** What a client reads of a run; an error is a result too. */
export type StreamResult = Omit<ServiceResult, 'contentType' | 'fileName'> & {
  readonly contentType: string | null;
  readonly contentDisposition: string | null;
};

/** One client on the stream. */
export interface Endpoint {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** A new id for a run. */
  newTopic(): number;
  sendProgress(topicId: number, progress: Progress): void;
  /** Sends the head of a result and then its bytes as one message, as fast as the client reads. */
  sendResult(topicId: number, result: StreamResult): Promise<void>;
}

export interface Streams extends AsyncDisposable {
  /** Takes an upgrade request for this address. False when its handshake was wrong; the client got a 400 then. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** The endpoint of a token; where several were opened the last one. */
  find(token: string): Endpoint | undefined;
}

/** `isToken`: whether a token is good for anything here. `now` is epoch ms. */
export function createStreams(isToken: (token: string) => Promise<boolean>, now: () => number): Streams {
  // Clients send a token and heartbeats; results are seldom worth compressing, and zlib costs memory for each client.
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024, perMessageDeflate: false });
  const endpoints = new Map<string, Channel>();
  let count = 0;
  const greet = (socket: WebSocket): void => {
    count += 1;
    const channel = new Channel(socket, count);
    socket.on('error', () => socket.terminate());
    socket.send(JSON.stringify({ welcome: now() }));
    const timer = setTimeout(() => socket.close(1008, 'no token'), GREETING_MS);
    let named: string | null = null;
    socket.on('message', async (data, isBinary) => {
      const token = isBinary || named !== null ? undefined : readToken(data.toString());
      if (token === undefined) return;
      named = token;
      clearTimeout(timer);
      if (!(await isToken(token).catch(() => false))) {
        socket.send(JSON.stringify({ error: 'Invalid token' }));
        socket.close(1008, 'invalid token');
        return;
      }
      endpoints.set(token, channel);
      const endpointid = channel.id;
      socket.send(JSON.stringify({ type: 'endpoint', payload: { endpointid }, endpointid }));
    });
    socket.once('close', () => {
      clearTimeout(timer);
      if (named !== null && endpoints.get(named) === channel) endpoints.delete(named);
    });
  };
  return {
    upgrade: (request, socket, head) => {
      let isOpen = false;
      // Without a check of our own `ws` decides at once.
      server.handleUpgrade(request, socket, head, (client) => {
        isOpen = true;
        greet(client);
      });
      return isOpen;
    },
    find: (token) => endpoints.get(token),
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
    },
  };
}

function readToken(text: string): string | undefined {
  try {
    const { token } = readMembers(JSON.parse(text));
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}

class Channel implements Endpoint {
  readonly #gone = new AbortController();
  #topics = 0;
  /** Pieces of two results must not mix: one message after the other. */
  #sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: WebSocket,
    readonly id: number,
  ) {
    let hasResponded = true;
    socket.on('pong', () => {
      hasResponded = true;
    });
    const pinging = setInterval(() => {
      if (!hasResponded) socket.terminate();
      hasResponded = false;
      socket.ping();
    }, PING_MS);
    socket.once('close', () => {
      clearInterval(pinging);
      this.#gone.abort(new Error('The client left the stream'));
    });
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  newTopic(): number {
    this.#topics += 1;
    return this.#topics;
  }

  sendProgress(topicId: number, { percent, label }: Progress): void {
    // Progress is for the eye: a client that does not read it gets less of it.
    if (this.#gone.signal.aborted || this.socket.bufferedAmount > PIECE_BYTES) return;
    const payload = { progress: percent ?? -1, label };
    this.socket.send(JSON.stringify({ type: 'progress', topicId, payload }));
  }

  sendResult(topicId: number, result: StreamResult): Promise<void> {
    const sent = this.#sending.then(() => this.#sendResult(topicId, result));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  async #sendResult(topicId: number, result: StreamResult): Promise<void> {
    const payload = {
      schemaName: result.outputType,
      contentDisposition: result.contentDisposition,
      contentType: result.contentType,
      title: result.title,
      contextId: null,
    };
    await this.#send(JSON.stringify({ topicId, type: 'output', payload }), true);
    const { body } = result;
    if (!('path' in body)) return this.#send(body, true);
    await using file = await open(body.path, 'r');
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, body.bytes - at), at);
      if (bytesRead === 0) throw new Error('the result is shorter than it was');
      at += bytesRead;
      await this.#send(Buffer.from(piece.subarray(0, bytesRead)), at >= body.bytes);
      if (at >= body.bytes) return;
    }
  }

  #send(data: string | Uint8Array, fin: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(data, { fin, binary: typeof data !== 'string' }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}
