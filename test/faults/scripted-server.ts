// A TCP or TLS server that does exactly what a script mentions: bytes, pauses, FIN, RST. It records the requests.

import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.js';
import { ChunkReader } from './chunked.js';

/** One step of the server on a connection, after it has read the request head. */
export type Step =
  /** Reads the body: all of it, until the client closes, or a share of it (0.5 is half). */
  | { read: 'all' | 'forever' | number }
  | { send: string | Uint8Array }
  /** Accepts a websocket (RFC 6455 4.2.2). */
  | { upgrade: 'websocket' }
  /** Waits for the next bytes of the client, for example a frame. */
  | { receive: 'anything' }
  /** Sends one byte at a time until all are sent, or until the client closes. */
  | { drip: string; everyMs: number }
  | { pause: number }
  /** FIN, or RST (SO_LINGER 0). Without either the connection stays open, in silence, until the client closes it. */
  | { end: 'fin' | 'rst' }
  /** Something that happens elsewhere at this moment, for example to the model's file. */
  | { run: () => void | Promise<void> };

export interface Script {
  /** Steps by path. Each connection to a path takes the next list; the last list serves all others. */
  routes: Readonly<Record<string, readonly (readonly Step[])[]>>;
  /** Null: plain HTTP. */
  certificate: Certificate | null;
  /** False: the server does not listen, and connections are refused. */
  listening: boolean;
}

/** A request, as far as the script has read it. */
export interface SeenRequest {
  method: string;
  path: string;
  /** The head as received, latin1. */
  head: string;
  bodyBytes: number;
  bodySha256: string;
  /** The first 64 KiB of the body, without its chunks. */
  bodyStart: Buffer;
}

const KEPT_BODY_BYTES = 65_536;

/** A server on 127.0.0.1 that keeps its port for its whole life, also while it refuses connections. */
export class ScriptedServer implements AsyncDisposable {
  readonly port: number;
  readonly #seen: Seen[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #served = new Map<string, number>();
  #server: Server | null;
  #script: Script = { routes: {}, certificate: null, listening: true };
  #lastActAt = 0;
  #faults: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedServer> {
    return new ScriptedServer(await listen(0));
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Every request whose head has arrived, in order, since the last `play`. */
  get seen(): readonly SeenRequest[] {
    return this.#seen;
  }

  /** When the last step ended (epoch ms), which is the moment of the fault. */
  get lastActAt(): number {
    return this.#lastActAt;
  }

  /** Faults of the server itself: a path without a script, a step that failed. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Starts a script from its beginning and forgets earlier requests. Cuts the connections of the earlier script. */
  async play(script: Script): Promise<void> {
    this.#cutAll();
    this.#script = script;
    this.#seen.length = 0;
    this.#served.clear();
    this.#faults = [];
    this.#lastActAt = Date.now();
    if (!script.listening) await this.#stop();
    else if (this.#server === null) await this.#start();
  }

  /** Acts like a restarted service: every connection is cut, and new ones are accepted. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #start(): Promise<void> {
    this.#server = await listen(this.port);
    this.#server.on('connection', (socket) => this.#accept(socket));
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.#cutAll();
    await closed;
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(raw: Socket): void {
    this.#sockets.add(raw);
    // Most scripts are about a client that closes in the middle.
    raw.on('error', () => {});
    raw.on('close', () => this.#sockets.delete(raw));
    const { certificate } = this.#script;
    const socket = certificate === null ? raw : secure(raw, certificate);
    this.#serve(new Connection(raw, socket)).catch((error: unknown) => {
      if (!raw.destroyed) this.#faults.push(`a step failed: ${String(error)}`);
    });
  }

  async #serve(connection: Connection): Promise<void> {
    const seen = await connection.readHead();
    if (seen === null) return;
    this.#seen.push(seen);
    const lists = this.#script.routes[seen.path];
    if (lists === undefined) {
      this.#faults.push(`no script for ${seen.method} ${seen.path}`);
      connection.socket.destroy();
      return;
    }
    const turn = this.#served.get(seen.path) ?? 0;
    this.#served.set(seen.path, turn + 1);
    for (const step of lists[Math.min(turn, lists.length - 1)] ?? []) {
      await connection.act(step, seen);
      this.#lastActAt = Date.now();
    }
  }
}

class Seen implements SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly head: string;
  readonly length: number | 'chunked';
  readonly asksFirst: boolean;
  readonly #hash: Hash = createHash('sha256');
  readonly #chunks = new ChunkReader();
  #start: Buffer[] = [];
  bodyBytes = 0;

  constructor(head: string) {
    this.head = head;
    const [method = '', target = ''] = head.split(' ', 2);
    this.method = method;
    this.path = target.replace(/\?.*/s, '');
    this.length = /^transfer-encoding: *chunked/im.test(head)
      ? 'chunked'
      : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    this.asksFirst = /^expect: *100-continue/im.test(head);
  }

  get bodySha256(): string {
    return this.#hash.copy().digest('hex');
  }

  get bodyStart(): Buffer {
    return Buffer.concat(this.#start);
  }

  get complete(): boolean {
    return this.length === 'chunked' ? this.#chunks.ended : this.bodyBytes >= this.length;
  }

  take(bytes: Buffer): void {
    const chunk = this.length === 'chunked' ? this.#chunks.take(bytes) : bytes;
    if (this.bodyBytes < KEPT_BODY_BYTES) this.#start.push(chunk.subarray(0, KEPT_BODY_BYTES));
    this.bodyBytes += chunk.length;
    this.#hash.update(chunk);
  }
}

/** Reads only when a step says so. Otherwise the client meets a full window. */
class Connection {
  readonly #raw: Socket;
  readonly socket: Socket;
  /** True after something was sent: then no `100 Continue` may follow. */
  #hasSpoken = false;

  constructor(raw: Socket, socket: Socket) {
    this.#raw = raw;
    this.socket = socket;
  }

  async readHead(): Promise<Seen | null> {
    let bytes = Buffer.alloc(0);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end >= 0) {
        const seen = new Seen(bytes.toString('latin1', 0, end));
        if (bytes.length > end + 4) seen.take(bytes.subarray(end + 4));
        return seen;
      }
      const chunk = await this.#next();
      if (chunk === null) return null;
      bytes = Buffer.concat([bytes, chunk]);
    }
  }

  async act(step: Step, seen: Seen): Promise<void> {
    if ('read' in step) await this.#read(step.read, seen);
    else if ('send' in step) await this.#send(step.send);
    else if ('upgrade' in step) await this.#send(upgradeResponse(seen.head));
    else if ('receive' in step) await this.#next();
    else if ('drip' in step) await this.#drip(step.drip, step.everyMs);
    else if ('pause' in step) await sleep(step.pause);
    else if ('run' in step) await step.run();
    else if (step.end === 'rst') this.#raw.resetAndDestroy();
    else this.socket.end();
  }

  async #read(share: 'all' | 'forever' | number, seen: Seen): Promise<void> {
    if (seen.asksFirst && !this.#hasSpoken) await this.#send('HTTP/1.1 100 Continue\r\n\r\n');
    const total = seen.length === 'chunked' ? Number.POSITIVE_INFINITY : seen.length;
    const enough = () =>
      share === 'forever' ? false : share === 'all' ? seen.complete : seen.bodyBytes >= total * share;
    while (!enough()) {
      const chunk = await this.#next();
      if (chunk === null) return;
      seen.take(chunk);
    }
  }

  async #send(bytes: string | Uint8Array): Promise<void> {
    const { socket } = this;
    this.#hasSpoken = true;
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('close', done);
        resolve();
      };
      socket.once('close', done);
      socket.write(bytes, done);
    });
  }

  async #drip(text: string, everyMs: number): Promise<void> {
    for (const byte of text) {
      if (this.socket.destroyed) return;
      await this.#send(byte);
      await sleep(everyMs);
    }
  }

  /** The next bytes, or null when the client has closed. */
  async #next(): Promise<Buffer | null> {
    const { socket } = this;
    for (;;) {
      const chunk: unknown = socket.read();
      if (chunk instanceof Buffer) return chunk;
      if (socket.readableEnded || socket.destroyed) return null;
      await new Promise<void>((resolve) => {
        const go = () => {
          for (const event of ['readable', 'end', 'close']) socket.off(event, go);
          resolve();
        };
        for (const event of ['readable', 'end', 'close']) socket.on(event, go);
      });
    }
  }
}

function upgradeResponse(head: string): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  // The fixed value of RFC 6455 1.3.
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const fields = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  return ['HTTP/1.1 101 Switching Protocols', ...fields, '', ''].join('\r\n');
}

/** One complete frame of a server (RFC 6455 5.2): a text frame for a string, a binary frame for bytes. */
export function frame(payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(10);
  head[0] = typeof payload === 'string' ? 0x81 : 0x82;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

function secure(raw: Socket, { key, cert }: Certificate): TLSSocket {
  const socket = new TLSSocket(raw, { isServer: true, secureContext: createSecureContext({ key, cert }) });
  socket.on('error', () => {});
  return socket;
}

/** A port that was in use a moment ago can still be in use by the end of a client's connection. */
async function listen(port: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (attempt === 10) throw error;
      await sleep(100);
    }
  }
}

/** A complete HTTP/1.1 response. Content-Length is added when `headers` has no framing. */
export function response(
  status: number | string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): Buffer {
  const bytes = Buffer.from(body);
  const framed = Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name));
  const fields = framed ? headers : { ...headers, 'Content-Length': String(bytes.length) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = typeof status === 'number' ? `${status} Scripted` : status;
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${line}\r\n${lines.join('')}\r\n`), bytes]);
}
