// The websocket part of the BIMserver-like server (PROTOCOL 1.7): endpoints by token, progress, results in two messages.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BimServer } from './bimserver.js';
import { readJsonObject } from './json.js';
import type { PlannedResponse } from './strict-server.js';

interface Endpoint {
  id: number;
  socket: WebSocket;
}

export class BimServerStream {
  readonly #bim: BimServer;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  /** The endpoints by token. Of two sockets with one token, the last one gets everything. */
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #untaken = new Set<Duplex>();
  #lastId = 100;
  /** The texts that clients have sent, without tokens. */
  readonly heard: string[] = [];
  /** How many sockets were opened. */
  opened = 0;
  open = 0;

  constructor(bim: BimServer) {
    this.#bim = bim;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { server, options } = this.#bim;
    if (request.url !== '/stream') {
      server.complain(`websocket at ${request.url}`);
      return void socket.destroy();
    }
    if (request.headers.origin !== undefined) server.complain('websocket with an Origin');
    if (request.headers.authorization !== undefined) server.complain('websocket with Authorization');
    if (options.stream === 'absent')
      return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    // The connection is accepted, and nothing is ever sent on it.
    if (options.stream === 'silent-upgrade') return void this.#untaken.add(socket);
    this.#sockets.handleUpgrade(request, socket, head, (accepted) => this.#welcome(accepted));
  }

  #welcome(socket: WebSocket): void {
    this.opened += 1;
    this.open += 1;
    let greeted = false;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.open -= 1;
      // Closing one of two sockets removes the mapping of their token.
      for (const [token, endpoint] of this.#endpoints) {
        if (endpoint.socket === socket) this.#endpoints.delete(token);
      }
    });
    socket.on('message', (data, isBinary) => {
      const text = String(data);
      const message = isBinary ? null : readJsonObject(text);
      if (message === null)
        return this.#bim.server.complain(`not a JSON object on the websocket: ${text.slice(0, 40)}`);
      if (typeof message.hb === 'number') return void this.heard.push('hb');
      if (greeted || typeof message.token !== 'string')
        return this.#bim.server.complain('a text on the websocket that is neither the token, once, nor hb');
      greeted = true;
      this.heard.push('token');
      this.#register(message.token, socket);
    });
    send(socket, { welcome: Date.now() });
    if (this.#bim.options.stream === 'noisy')
      send(socket, { request: { interface: 'NotificationInterface', method: 'newProject', parameters: {} } });
  }

  #register(token: string, socket: WebSocket): void {
    const { options, server, tokens } = this.#bim;
    if (options.stream === 'silent') return;
    // No released version sends the error of its code: an unknown token is met with silence (PROTOCOL 1.12).
    if (!tokens.has(token) || options.tokensExpired) {
      if (options.stream === 'error') send(socket, { error: 'Invalid token' });
      return;
    }
    const other = this.#endpoints.get(token);
    if (other !== undefined && other.socket.readyState === other.socket.OPEN)
      server.complain('a second websocket with a token whose first is still open');
    this.#lastId += 1;
    this.#endpoints.set(token, { id: this.#lastId, socket });
    send(socket, { type: 'endpoint', payload: { endpointid: this.#lastId }, endpointid: this.#lastId });
    if (options.stream === 'unmapped') this.#endpoints.delete(token);
  }

  /** Sends a bot's response on the websocket of `token`. Null when it has none; the response is then sent over HTTP. */
  async hand(token: string, response: PlannedResponse): Promise<PlannedResponse | null> {
    const endpoint = this.#endpoints.get(token);
    if (endpoint === undefined) return null;
    const { id, socket } = endpoint;
    const { options } = this.#bim;
    const received: PlannedResponse = {
      status: 200,
      headers: [['Output-Type', 'Async'], ...(options.noTopicId ? [] : [['Topic-Id', String(id)] as const])],
    };
    const run = this.#run(id, socket, response);
    if (options.stream === 'early-output') await run;
    else run.catch((error: unknown) => this.#bim.server.complain(String(error)));
    return received;
  }

  async #run(topicId: number, socket: WebSocket, response: PlannedResponse): Promise<void> {
    const { stream, progress = [], workMs = 0 } = this.#bim.options;
    const field = (name: string) => response.headers?.find(([key]) => key === name)?.[1] ?? null;
    const output = {
      topicId,
      type: 'output',
      payload: {
        schemaName: field('Output-Type'),
        contentDisposition: field('Content-Disposition'),
        contentType: field('Content-Type'),
        title: field('Data-Title'),
        contextId: field('Context-Id'),
      },
    };
    const bytes = Buffer.from(response.body ?? '');
    await sleep(20);
    for (const [percent, label] of progress) {
      send(socket, { type: 'progress', topicId, payload: { progress: percent, label } });
      await sleep(workMs / (progress.length + 1));
    }
    await sleep(workMs / (progress.length + 1));
    if (stream === 'noisy') {
      send(socket, { type: 'unknown-type', topicId, payload: 7 });
      socket.send('not even JSON');
      send(socket, {
        type: 'progress',
        topicId: topicId + 1,
        payload: { progress: 99, label: 'of another run' },
      });
    }
    if (stream === 'unasked') {
      send(socket, { ...output, topicId: topicId + 1 });
      socket.send(Buffer.from('the result of another run'));
    }
    if (stream === 'lost-before') return socket.terminate();
    if (stream === 'closed-before') return socket.close(1001);
    // ws compresses asynchronously, so data that is written directly to the socket must wait for it.
    await new Promise((sent) => socket.send(JSON.stringify(output), sent));
    if (stream === 'lost-between') {
      await sleep(50);
      return socket.terminate();
    }
    if (stream === 'lost-inside') return void cutFrame(socket, bytes);
    socket.send(bytes);
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate();
    for (const socket of this.#untaken) socket.destroy();
    this.#sockets.close();
  }
}

function send(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

/** Sends the head of a binary frame for all of `bytes`, half of the bytes, and closes the connection. */
function cutFrame(socket: WebSocket, bytes: Buffer): void {
  const raw: unknown = Reflect.get(socket, '_socket');
  if (!isSocket(raw)) throw new Error('ws no longer keeps its socket in this place');
  const head = Buffer.alloc(10);
  head[0] = 0x82;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(bytes.length), 2);
  raw.write(Buffer.concat([head, bytes.subarray(0, bytes.length / 2)]));
  raw.end();
}

function isSocket(value: unknown): value is Duplex {
  return typeof value === 'object' && value !== null && 'write' in value && 'end' in value;
}
