// The model's POST. node:http carries it, because undici 7 ends a request at an unasked `100 Continue` and refuses
// `Expect` (CASES B086); everything else about it follows PROTOCOL 1.5 and RFC 9110/9112.
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ModelRequest, ModelResponse } from '../../core/ports/http.js';
import { asError, BimServiceError, type Phase, systemErrorCode } from '../../errors.js';
import { decodeHeaderText } from '../../protocol/invocation/content-disposition.js';
import { hostOf } from '../../protocol/repository/addresses.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import { decodeBody } from './decode-body.js';
import { deferred } from './deferred.js';
import { type Transport, transportFor } from './model-transport.js';
import { isNonsenseCode, networkError } from './network-error.js';
import { type HttpOptions, tlsOptions } from './options.js';
import { connectionLost, lost, respondedTooEarly, responseCut, unreadableHead } from './post-failures.js';
import { type ProxyServer, proxyError, proxyFor } from './proxy.js';

/** Models above this ask first (`Expect: 100-continue`), so that a 401 comes before gigabytes go. */
const ASK_FIRST_ABOVE = 1024 * 1024;

/** A network that takes a part within this time gets whole pieces; on others progress would come in leaps. */
const FAST_MS = 20;
const PART_BYTES = 1024 * 1024;

/** TCP keep-alive: NATs and load balancers drop connections that are idle for 350 s (CASES B085). */
const KEEP_ALIVE_MS = 30_000;

/**
 * Posts a model and returns as soon as an answer begins. Throws BimServiceErrors whose `outcome` says whether bytes of
 * the model had left: `not-sent` (nothing did; safe to repeat) or `unknown`.
 */
export async function postModel(
  request: ModelRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<ModelResponse> {
  signal.throwIfAborted();
  const asks = (request.length ?? 0) > ASK_FIRST_ABOVE;
  const proxy = proxyFor(request.url);
  const way = { proxy, ...(await transportFor(request.url, proxy, options)) };
  const first = await new Posting(request, options, way, signal, asks).run();
  if (first.status !== 417 || !asks) return first;
  // The server cannot do `Expect`; no byte of the model has left, so asking again without it is safe.
  for await (const _ of first.body);
  return new Posting(request, options, way, signal, false).run();
}

/** Directly, or through a proxy. */
interface Way extends Transport {
  proxy: ProxyServer | null;
}

/** One request on one fresh connection, from connecting to the last byte of the answer. */
class Posting {
  readonly #request: ModelRequest;
  readonly #options: HttpOptions;
  readonly #signal: AbortSignal;
  readonly #client: ClientRequest;
  readonly #proxy: ProxyServer | null;
  /** node:http cannot close a connection that a proxy agent is still making; this does. */
  readonly #abandoned = new AbortController();
  readonly #response = deferred<IncomingMessage>();
  readonly #closed = deferred<void>();
  #phase: Phase = 'connect';
  #bytesOut = 0;
  /** Bytes of the model that the kernel has taken. */
  #bytesGone = 0;
  /** Why the connection broke; an answer that is ended by the connection's end looks complete all the same. */
  #broken: Error | null = null;
  #answered = false;
  /** True once the kernel has every byte of the request. */
  #wentOut = false;
  #proxyReached = false;
  #timer: NodeJS.Timeout | undefined;
  /** Settles when the body has gone out, or it is clear that it never will. */
  #upload: Promise<void> = Promise.resolve();

  constructor(request: ModelRequest, options: HttpOptions, way: Way, signal: AbortSignal, asks: boolean) {
    this.#request = request;
    this.#options = options;
    this.#signal = signal;
    this.#proxy = way.proxy;
    this.#client = way.send(request.url, {
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
    this.#upload = this.#send(asks);
    this.#upload.catch(() => {});
  }

  async run(): Promise<ModelResponse> {
    const abort = () => this.#destroy(asError(this.#signal.reason));
    this.#signal.addEventListener('abort', abort, { once: true });
    const done = () => {
      clearTimeout(this.#timer);
      this.#signal.removeEventListener('abort', abort);
    };
    try {
      const message = await this.#response.promise;
      if (message.statusCode === 407 && this.#proxy !== null) {
        this.#client.destroy();
        throw proxyError(this.#proxy, 407, this.#request.url, {});
      }
      return { status: message.statusCode ?? 0, headers: fieldsOf(message), body: this.#body(message, done) };
    } catch (error) {
      done();
      throw this.#failure(error);
    }
  }

  #send(asks: boolean): Promise<void> {
    const client = this.#client;
    const { limits } = this.#options;
    this.#request.onProgress({ phase: 'connect' });
    this.#startTimer(limits.connectMs, 'ETIMEDOUT', 'no connection in time');
    client.on('error', (error) => this.#response.reject(error));
    client.on('close', () => {
      this.#response.reject(lost('the connection was closed without an answer'));
      this.#closed.resolve();
    });
    client.on('proxyConnect', ({ statusCode }: { statusCode?: number }) => {
      this.#proxyReached = true;
      // Without a status there was no CONNECT: a plain http request goes to the proxy itself.
      if (statusCode !== undefined && statusCode !== 200 && this.#proxy !== null)
        this.#destroy(proxyError(this.#proxy, statusCode, this.#request.url, {}));
    });
    client.on('response', (message) => {
      clearTimeout(this.#timer);
      this.#answered = true;
      // Node closes a connection that is not kept as soon as the answer is read; after an early 2xx the rest of the model
      // has to go out first. `#body` closes it in the end.
      client.shouldKeepAlive = !isRefusal(message);
      this.#response.resolve(message);
    });
    return this.#whenConnected().then(async () => {
      clearTimeout(this.#timer);
      this.#phase = 'upload';
      if (asks && !(await this.#allowedToSend())) return;
      await this.#pump();
    });
  }

  #whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.on('error', reject);
      this.#client.on('close', reject);
      this.#client.on('socket', (socket: Socket) => {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        socket.on('error', (error) => {
          this.#broken ??= error;
        });
        socket.on('timeout', () => {
          const stall = lost(`no byte moved for ${this.#options.limits.stallMs / 1000} s`);
          this.#broken ??= stall;
          this.#client.destroy(stall);
        });
        if (!socket.connecting && !('secureConnecting' in socket && socket.secureConnecting)) resolve();
        socket.once(this.#request.url.startsWith('https:') ? 'secureConnect' : 'connect', () => resolve());
      });
    });
  }

  /** False when the server refused; true when it said `100 Continue`, an early 2xx, or nothing in time. */
  #allowedToSend(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), this.#options.limits.expectMs);
      const settle = (go: boolean) => {
        clearTimeout(timer);
        resolve(go);
      };
      this.#client.once('continue', () => settle(true));
      this.#client.once('response', (message) => settle(!isRefusal(message)));
      this.#client.once('close', () => settle(false));
    });
  }

  async #pump(): Promise<void> {
    const client = this.#client;
    const { socket } = client;
    const total = this.#request.length;
    let refused = false;
    client.once('response', (message) => {
      // RFC 9112 9.3: a client that is told no stops sending. After an early 2xx it goes on: the service may answer as it reads.
      refused = isRefusal(message);
    });
    socket?.setTimeout(this.#options.limits.stallMs);
    // Node sends nothing new after the other side's FIN, so the model can no longer go out; a refusal is still read.
    socket?.once('end', () => {
      if (!refused && !client.writableEnded && !this.#wentOut)
        client.destroy(lost('the connection was closed'));
    });
    this.#request.onProgress({ phase: 'upload', bytes: 0, total });
    // Two parts are under way at most: the kernel always has one to send, and no buffer is used again too early.
    let before: Promise<void> = Promise.resolve();
    let isFast = false;
    try {
      for await (const piece of this.#request.body) {
        for (const part of isFast ? [piece] : partsOf(piece)) {
          await arrivals();
          if (refused || client.destroyed) return;
          this.#bytesOut += part.length;
          const gone = this.#written(part, total);
          const handedOver = performance.now();
          await before;
          isFast = performance.now() - handedOver < FAST_MS;
          before = gone;
          this.#request.onProgress({ phase: 'upload', bytes: this.#bytesOut, total });
        }
      }
    } catch (error) {
      // The model itself failed (a read error, a changed file): the request must not look complete.
      client.destroy(asError(error));
      throw this.#withOutcome(error);
    }
    await arrivals();
    if (refused || client.destroyed) return;
    await new Promise<void>((resolve) => {
      client.once('close', resolve);
      client.end(() => {
        this.#wentOut ||= socket?.destroyed === false;
        resolve();
      });
    });
    if (!this.#answered) this.#wait();
  }

  /** Resolves when the kernel has taken `chunk`, or nobody wants it any more. */
  #written(chunk: Uint8Array, total: number | null): Promise<void> {
    const client = this.#client;
    return new Promise((resolve) => {
      const unwanted = (message: IncomingMessage) => {
        if (isRefusal(message)) settle();
      };
      const settle = () => {
        client.off('response', unwanted);
        client.off('close', settle);
        resolve();
      };
      client.once('response', unwanted);
      client.once('close', settle);
      client.write(chunk, (error) => {
        if (!error) this.#bytesGone += chunk.length;
        // A server that counts has the whole model now, and may answer and close before we come to `end`.
        if (this.#bytesGone === total) this.#wentOut = true;
        settle();
      });
    });
  }

  #wait(): void {
    this.#phase = 'wait';
    this.#client.socket?.setTimeout(0);
    this.#request.onProgress({ phase: 'wait' });
    if (this.#request.waitMs !== null)
      this.#startTimer(this.#request.waitMs, 'ETIMEDOUT', 'no answer before the deadline of --wait');
  }

  async *#body(message: IncomingMessage, done: () => void): AsyncGenerator<Uint8Array> {
    const refused = isRefusal(message);
    const total = lengthOf(message);
    let bytes = 0;
    this.#phase = 'download';
    message.socket.setTimeout(this.#options.limits.stallMs);
    this.#request.onProgress({ phase: 'download', bytes, total });
    try {
      for await (const chunk of decodeBody(
        message,
        message.headers['content-encoding'],
        hostOf(this.#request.url),
      )) {
        bytes += chunk.length;
        this.#request.onProgress({ phase: 'download', bytes, total });
        yield chunk;
      }
      if (!message.complete || this.#broken !== null) throw lost('the answer ended early');
      if (!refused) await this.#untilWentOut();
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof BimServiceError) throw error;
      this.#client.destroy();
      if (!refused) await this.#untilWentOut();
      throw responseCut(this.#broken ?? error, this.#request.url, bytes, total);
    } finally {
      done();
      this.#client.destroy();
    }
  }

  /** An early answer counts only when the model went out to the end after all. */
  async #untilWentOut(): Promise<void> {
    await Promise.race([this.#upload, this.#closed.promise]);
    if (this.#wentOut) return;
    throw respondedTooEarly(this.#request.url);
  }

  #startTimer(ms: number, code: string, words: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#destroy(Object.assign(new Error(words), { code })), ms);
  }

  #destroy(reason: Error): void {
    this.#response.reject(reason);
    this.#client.destroy(reason);
    if (!this.#proxyReached) this.#abandoned.abort(reason);
  }

  #failure(error: unknown): unknown {
    if (this.#signal.aborted) return this.#withOutcome(this.#signal.reason);
    if (error instanceof BimServiceError) return this.#withOutcome(error);
    const { url } = this.#request;
    if (!this.#hasLeft)
      return networkError(error, url, { phase: 'connect', outcome: 'not-sent' }, this.#proxy);
    if (isNonsenseCode(systemErrorCode(error))) return unreadableHead(error, url);
    return connectionLost(this.#broken ?? error, url, this.#phase === 'wait' ? null : this.#bytesOut);
  }

  /** An empty model has left with the last byte of its head. */
  get #hasLeft(): boolean {
    return this.#bytesOut > 0 || this.#wentOut;
  }

  #withOutcome(error: unknown): unknown {
    if (error instanceof BimServiceError) {
      error.phase ??= this.#phase;
      error.outcome ??= this.#hasLeft ? 'unknown' : 'not-sent';
    }
    return error;
  }
}

/** Everything but a 2xx: then the model is not wanted, or not here. */
function isRefusal(message: IncomingMessage): boolean {
  return (message.statusCode ?? 0) >= 300;
}

/**
 * Lets the event loop read what has arrived: a write onto a reset connection would hide the answer that came before it
 * (CASES B088). The first turn ends the one that runs, the second asks the kernel.
 */
async function arrivals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function* partsOf(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += PART_BYTES) yield piece.subarray(at, at + PART_BYTES);
}

function fieldsOf(message: IncomingMessage): HeaderFields {
  const raw = message.rawHeaders;
  return Array.from(
    { length: raw.length / 2 },
    (_, at) => [raw[2 * at] ?? '', decodeHeaderText(raw[2 * at + 1] ?? '')] as const,
  );
}

function lengthOf(message: IncomingMessage): number | null {
  const length = message.headers['content-length'];
  return length !== undefined && message.headers['content-encoding'] === undefined ? Number(length) : null;
}
