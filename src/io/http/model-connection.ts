// Connect: one fresh connection for the POST of a model, its limits on time, and how it ends.
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ModelRequest } from '../../core/ports/http.js';
import { asError, type Phase } from '../../errors.js';
import { deferred } from './deferred.js';
import type { Transport } from './model-transport.js';
import { type HttpOptions, tlsOptions } from './options.js';
import { lost } from './post-failures.js';
import { type ProxyServer, proxyError } from './proxy.js';
import { queuesOf } from './socket-queues.js';
import { StallClock } from './stall-clock.js';

/** TCP keep-alive: NATs and load balancers drop connections that are idle for 350 s (CASES B085). */
const KEEP_ALIVE_MS = 30_000;

/** Directly, or through a proxy. */
export interface Way extends Transport {
  proxy: ProxyServer | null;
}

export class ModelConnection implements Disposable {
  readonly client: ClientRequest;
  readonly url: string;
  readonly proxy: ProxyServer | null;
  readonly limits: HttpOptions['limits'];
  phase: Phase = 'connect';
  /** Why the connection broke; a response that is ended by the connection's end looks complete nevertheless. */
  broken: Error | null = null;
  /** Writes that the kernel has not taken yet. */
  writing = 0;
  /** False when all of the model has gone out, or no more of it is wanted. */
  sending = true;
  /** True while more of the response is asked for. */
  reading = false;
  readonly #response = deferred<IncomingMessage>();
  readonly #closed = deferred<void>();
  /** node:http cannot close a connection that a proxy agent is still making; this does. */
  readonly #abandoned = new AbortController();
  readonly #signal: AbortSignal;
  readonly #abort = () => this.destroy(asError(this.#signal.reason));
  #stallClock: StallClock | null = null;
  #responded = false;
  #proxyReached = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: ModelRequest, options: HttpOptions, way: Way, signal: AbortSignal, asks: boolean) {
    this.url = request.url;
    this.proxy = way.proxy;
    this.limits = options.limits;
    this.#signal = signal;
    this.client = way.send(request.url, {
      method: 'POST',
      agent: way.agent(this.#abandoned.signal),
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
    signal.addEventListener('abort', this.#abort, { once: true });
    this.#listen();
  }

  /** The head of the response. Rejects with what ended the connection before. */
  get response(): Promise<IncomingMessage> {
    return this.#response.promise;
  }

  /** Resolves when the connection is gone, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves when bytes can go out; with TLS after its handshake. */
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
        this.client.destroy(this.broken);
      },
    });
  }

  /** The kernel took a piece, or the response went on. */
  moved(): void {
    this.#stallClock?.moved();
  }

  /** Ends the connection after `ms`, unless `unlimited` or another `limit` comes before. */
  limit(ms: number, words: string): void {
    this.unlimited();
    const late = () => this.destroy(Object.assign(new Error(words), { code: 'ETIMEDOUT' }));
    this.#timer = setTimeout(late, ms);
  }

  unlimited(): void {
    clearTimeout(this.#timer);
  }

  destroy(reason: Error): void {
    this.#response.reject(reason);
    this.client.destroy(reason);
    if (!this.#proxyReached) this.#abandoned.abort(reason);
  }

  /** Nothing more is wanted of it. */
  [Symbol.dispose](): void {
    this.unlimited();
    this.#stallClock?.[Symbol.dispose]();
    this.#signal.removeEventListener('abort', this.#abort);
    this.client.destroy();
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
      // Without a status there was no CONNECT: a plain http request goes to the proxy itself.
      if (statusCode !== undefined && statusCode !== 200 && this.proxy !== null)
        this.destroy(proxyError(this.proxy, statusCode, this.url, {}));
    });
    client.on('response', (message) => {
      this.unlimited();
      this.#responded = true;
      if (isRefusal(message)) this.sending = false;
      // Node closes a connection that is not kept as soon as the response is read; after an early 2xx the rest of the model
      // has to go out first. The receiver closes it in the end.
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

  /** False while the model's file, or the reader of the result, is what we wait for; a server may respond as it reads. */
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

/** Everything but a 2xx: then the model is not wanted, or not here. */
export function isRefusal(message: IncomingMessage): boolean {
  return (message.statusCode ?? 0) >= 300;
}
