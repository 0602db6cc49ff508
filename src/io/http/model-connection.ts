// Connect: one new connection for the POST of a model, its time limits, and its end.

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { onAbort } from '../../abort.js';
import type { ModelRequest } from '../../core/ports/http.js';
import { after } from '../../deadline.js';
import { asError, type Phase } from '../../errors.js';
import { deferred } from './deferred.js';
import type { Transport } from './model-transport.js';
import { type HttpOptions, SOCKET_OPTIONS, tlsOptions } from './options.js';
import { lost } from './post-failures.js';
import { type ProxyServer, proxyError } from './proxy.js';
import { queuesOf } from './socket-queues.js';
import { StallClock } from './stall-clock.js';

/** TCP keep-alive: NATs and load balancers drop connections that are idle for 350 s (CASES B085). */
const KEEP_ALIVE_MS = 30_000;

/** The route to the server: direct, or through a proxy. */
export interface Way extends Transport {
  proxy: ProxyServer | null;
}

export class ModelConnection implements Disposable {
  readonly client: ClientRequest;
  readonly url: string;
  readonly proxy: ProxyServer | null;
  readonly limits: HttpOptions['limits'];
  phase: Phase = 'connect';
  /** Why the connection broke. A response that ends with the connection looks complete, so this must be checked. */
  broken: Error | null = null;
  /** The number of writes that the kernel has not accepted yet. */
  writing = 0;
  /** False when the whole model is sent, or when the rest is not wanted. */
  sending = true;
  /** True while the caller waits for more of the response. */
  reading = false;
  readonly #response = deferred<IncomingMessage>();
  readonly #closed = deferred<void>();
  /** Closes a connection that a proxy agent is still making, which node:http cannot do. */
  readonly #abandoned = new AbortController();
  readonly #following: Disposable;
  #stallClock: StallClock | null = null;
  #responded = false;
  #proxyReached = false;
  #limit: Disposable | null = null;

  constructor(request: ModelRequest, options: HttpOptions, way: Way, signal: AbortSignal, asks: boolean) {
    this.url = request.url;
    this.proxy = way.proxy;
    this.limits = options.limits;
    this.client = way.send(request.url, {
      method: 'POST',
      agent: way.agent(this.#abandoned.signal),
      ...SOCKET_OPTIONS,
      ...(request.url.startsWith('https:') ? tlsOptions(options) : {}),
      headers: {
        'User-Agent': options.userAgent,
        ...request.headers,
        Connection: 'close',
        ...(request.length === null ? {} : { 'Content-Length': String(request.length) }),
        ...(asks ? { Expect: '100-continue' } : {}),
      },
    });
    this.limit(this.limits.connectMs, 'no connection in time');
    this.#listen();
    this.#following = onAbort(signal, (reason) => this.destroy(asError(reason)));
  }

  /** The head of the response. Rejects with the error that ended the connection before. */
  get response(): Promise<IncomingMessage> {
    return this.#response.promise;
  }

  /** True when a proxy, if there is one, has responded to CONNECT. */
  get hasTunnel(): boolean {
    return this.#proxyReached;
  }

  /** Resolves when the connection is closed, for any reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves when bytes can be sent; with TLS after its handshake. */
  async connected(): Promise<void> {
    const socket = await this.#socket();
    this.unlimited();
    this.#stallClock = new StallClock({
      limitMs: this.limits.stallMs,
      hiddenLimitMs: this.limits.hiddenStallMs,
      isWaiting: () => this.#waitsForNetwork,
      look: () => this.#movements(socket),
      onStall: (ms) => {
        this.broken ??= lost(`no byte moved for ${ms / 1000} s`);
        this.destroy(this.broken);
      },
    });
  }

  /** Call this when the kernel has accepted a piece, or when a part of the response has arrived. */
  moved(): void {
    this.#stallClock?.moved();
  }

  /** Ends the connection after `ms`, unless `unlimited` or another `limit` is called before. */
  limit(ms: number, words: string): void {
    this.unlimited();
    const late = () => this.destroy(Object.assign(new Error(words), { code: 'ETIMEDOUT' }));
    this.#limit = after(ms, late);
  }

  unlimited(): void {
    this.#limit?.[Symbol.dispose]();
  }

  /**
   * Ends the connection for `reason`. Only this class ends it: sending and receiving ask for that here, and `postModel` or
   * the end of the body disposes it.
   */
  destroy(reason: Error): void {
    this.#response.reject(reason);
    this.client.destroy(reason);
    if (!this.#proxyReached) this.#abandoned.abort(reason);
  }

  /** Ends the connection where no one asks for the reason: the response has failed already, or is of no use. */
  close(): void {
    this.client.destroy();
  }

  /** Closes the connection, and ends its clocks. */
  [Symbol.dispose](): void {
    this.unlimited();
    this.#stallClock?.[Symbol.dispose]();
    this.#following[Symbol.dispose]();
    this.close();
  }

  #listen(): void {
    const { client } = this;
    client.on('error', (error) => this.#response.reject(error));
    client.on('close', () => {
      this.#stallClock?.[Symbol.dispose]();
      this.#response.reject(lost('the connection was closed without a response'));
      this.#closed.resolve();
    });
    client.on('proxyConnect', ({ statusCode }: { statusCode?: number }) => {
      this.#proxyReached = true;
      // Without a status there was no CONNECT: a plain http request is sent to the proxy itself.
      if (statusCode !== undefined && statusCode !== 200 && this.proxy !== null)
        this.destroy(proxyError(this.proxy, statusCode, this.url, {}));
    });
    client.on('response', (message) => {
      this.unlimited();
      this.#responded = true;
      if (isRefusal(message)) this.sending = false;
      // Node closes a connection without keep-alive as soon as the response is read. After an early 2xx the rest of the
      // model must be sent first, so keep-alive is set; the receiver closes the connection in the end.
      client.shouldKeepAlive = !isRefusal(message);
      this.#response.resolve(message);
    });
  }

  #socket(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.client.on('error', reject);
      this.client.on('close', reject);
      this.client.on('socket', (socket: Socket) => {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        socket.on('error', (error) => {
          this.broken ??= error;
        });
        const isSecuring = 'secureConnecting' in socket && socket.secureConnecting;
        if (!socket.connecting && !isSecuring) resolve(socket);
        socket.once(this.url.startsWith('https:') ? 'secureConnect' : 'connect', () => resolve(socket));
      });
    });
  }

  /** False while we wait for the model's file or for the reader of the result. A server may respond while it reads. */
  get #waitsForNetwork(): boolean {
    if (this.#responded && !this.reading) return false;
    return this.sending ? this.writing > 0 : this.reading;
  }

  async #movements(socket: Socket): Promise<string | null> {
    const received = String(socket.bytesRead);
    if (!this.sending) return received;
    const queues = await queuesOf(socket);
    return queues === null ? null : `${received} ${queues}`;
  }
}

/** True for everything but a 2xx: the model is then not wanted, or not here. */
export function isRefusal(message: IncomingMessage): boolean {
  return (message.statusCode ?? 0) >= 300;
}
