// The model's POST. node:http carries it, because undici 7 ends a request at an unasked `100 Continue` and refuses
// `Expect` (CASES B086); everything else about it follows PROTOCOL 1.5 and RFC 9110/9112.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { HeaderFields, ModelReply, ModelRequest } from '../core/ports.js';
import { BimServiceError, type Phase, systemErrorCode } from '../errors.js';
import { decodeHeaderText } from '../protocol/content-disposition.js';
import { decodeBody } from './decode-body.js';
import type { HttpOptions } from './http.js';
import { agentFor } from './model-agent.js';
import { hostOf, isNonsenseCode, networkError, proxyError } from './network-error.js';
import { proxyFor } from './proxy.js';

/** Models above this ask first (`Expect: 100-continue`), so that a 401 comes before gigabytes go. */
const ASK_FIRST_ABOVE = 1024 * 1024;

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
): Promise<ModelReply> {
  signal.throwIfAborted();
  const asks = (request.length ?? 0) > ASK_FIRST_ABOVE;
  const first = await new Posting(request, options, signal, asks).run();
  if (first.status !== 417 || !asks) return first;
  // The server cannot do `Expect`; no byte of the model has left, so asking again without it is safe.
  for await (const _ of first.body);
  return new Posting(request, options, signal, false).run();
}

/** One request on one fresh connection, from connecting to the last byte of the answer. */
class Posting {
  readonly #request: ModelRequest;
  readonly #options: HttpOptions;
  readonly #signal: AbortSignal;
  readonly #client: ClientRequest;
  readonly #proxy: string | null;
  readonly #reply = deferred<IncomingMessage>();
  #phase: Phase = 'connect';
  #bytesOut = 0;
  #stalled = false;
  #answered = false;
  #timer: NodeJS.Timeout | undefined;
  /** Settles when the body has gone out, or it is clear that it never will. */
  #upload: Promise<void> = Promise.resolve();

  constructor(request: ModelRequest, options: HttpOptions, signal: AbortSignal, asks: boolean) {
    this.#request = request;
    this.#options = options;
    this.#signal = signal;
    this.#proxy = proxyFor(request.url);
    const send = request.url.startsWith('https:') ? httpsRequest : httpRequest;
    this.#client = send(request.url, {
      method: 'POST',
      agent: agentFor(request.url, this.#proxy, options),
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

  async run(): Promise<ModelReply> {
    const abort = () => this.#client.destroy(asError(this.#signal.reason));
    this.#signal.addEventListener('abort', abort, { once: true });
    const done = () => {
      clearTimeout(this.#timer);
      this.#signal.removeEventListener('abort', abort);
    };
    try {
      const message = await this.#reply.promise;
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
    client.on('error', (error) => this.#reply.reject(error));
    client.on('close', () => this.#reply.reject(lost('the connection was closed without an answer')));
    client.on('proxyConnect', (connect: { statusCode: number }) => {
      if (connect.statusCode !== 200 && this.#proxy !== null)
        client.destroy(proxyError(this.#proxy, connect.statusCode, {}));
    });
    client.on('response', (message) => {
      clearTimeout(this.#timer);
      this.#answered = true;
      this.#reply.resolve(message);
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
        socket.on('timeout', () => {
          this.#stalled = true;
          this.#client.destroy(lost(`no byte moved for ${this.#options.limits.stallMs / 1000} s`));
        });
        if (!socket.connecting && !('secureConnecting' in socket && socket.secureConnecting)) resolve();
        socket.once(this.#request.url.startsWith('https:') ? 'secureConnect' : 'connect', () => resolve());
      });
    });
  }

  /** True when the server said `100 Continue` or nothing in time; false when it answered for good. */
  #allowedToSend(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), this.#options.limits.expectMs);
      const settle = (go: boolean) => () => {
        clearTimeout(timer);
        resolve(go);
      };
      this.#client.once('continue', settle(true));
      this.#client.once('response', settle(false));
      this.#client.once('close', settle(false));
      this.#client.flushHeaders();
    });
  }

  async #pump(): Promise<void> {
    const client = this.#client;
    const total = this.#request.length;
    let refused = false;
    client.once('response', (message) => {
      // RFC 9112 9.3: a client that is told no stops sending. After an early 2xx it goes on: the service may answer as it reads.
      refused = (message.statusCode ?? 0) >= 300;
    });
    client.socket?.setTimeout(this.#options.limits.stallMs);
    this.#request.onProgress({ phase: 'upload', bytes: 0, total });
    try {
      for await (const chunk of this.#request.body) {
        if (refused || client.destroyed) return;
        this.#bytesOut += chunk.length;
        if (!client.write(chunk)) await drained(client);
        this.#request.onProgress({ phase: 'upload', bytes: this.#bytesOut, total });
      }
    } catch (error) {
      // The model itself failed (a read error, a changed file): the request must not look complete.
      client.destroy(asError(error));
      throw error;
    }
    if (refused || client.destroyed) return;
    await new Promise<void>((resolve) => {
      client.once('close', resolve);
      client.end(resolve);
    });
    if (!this.#answered) this.#wait();
  }

  #wait(): void {
    this.#phase = 'wait';
    this.#client.socket?.setTimeout(0);
    this.#request.onProgress({ phase: 'wait' });
    if (this.#request.waitMs !== null)
      this.#startTimer(this.#request.waitMs, 'ETIMEDOUT', 'no answer before the deadline of --wait');
  }

  async *#body(message: IncomingMessage, done: () => void): AsyncGenerator<Uint8Array> {
    const refused = (message.statusCode ?? 0) >= 300;
    const total = lengthOf(message);
    let bytes = 0;
    this.#phase = 'download';
    message.socket.setTimeout(this.#options.limits.stallMs);
    this.#request.onProgress({ phase: 'download', bytes, total });
    try {
      for await (const chunk of decodeBody(message, message.headers['content-encoding'])) {
        bytes += chunk.length;
        this.#request.onProgress({ phase: 'download', bytes, total });
        yield chunk;
      }
      if (!message.complete) throw lost('the answer ended early');
      if (!refused) await this.#whole();
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      throw error instanceof BimServiceError ? error : cut(error, this.#request.url, bytes, total);
    } finally {
      done();
      this.#client.destroy();
    }
  }

  /** An early answer counts only when the model went out to the end after all. */
  async #whole(): Promise<void> {
    await this.#upload;
    if (this.#client.writableFinished || this.#client.writableEnded) return;
    throw new BimServiceError(
      'result-incomplete',
      `${hostOf(this.#request.url)} answered before it had read the whole model`,
      {
        phase: 'download',
        outcome: 'unknown',
        hint: 'The answer is not kept, since it cannot be about the whole model. Ask the provider, then send it again.',
      },
    );
  }

  #startTimer(ms: number, code: string, words: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#client.destroy(Object.assign(new Error(words), { code })), ms);
  }

  #failure(error: unknown): unknown {
    if (this.#signal.aborted) return this.#withOutcome(this.#signal.reason);
    if (error instanceof BimServiceError) return this.#withOutcome(error);
    const host = hostOf(this.#request.url);
    if (this.#bytesOut === 0)
      return networkError(error, this.#request.url, { phase: 'connect', outcome: 'not-sent' });
    const code = systemErrorCode(error);
    if (isNonsenseCode(code)) {
      return new BimServiceError(
        'result-incomplete',
        `${host} answered with a head that cannot be read (${code})`,
        {
          phase: 'download',
          outcome: 'unknown',
          hint: 'Nothing was kept. The job may have run; ask the provider before you send the model again.',
          cause: error,
        },
      );
    }
    const what =
      this.#phase === 'wait' ? 'while the service was working' : `after ${this.#bytesOut} bytes of the model`;
    const why = error instanceof Error ? error.message : String(error);
    return new BimServiceError(
      'outcome-unknown',
      `${host}: ${this.#stalled || this.#phase === 'wait' ? why : `connection lost (${code ?? why})`} ${what}`,
      {
        phase: this.#phase,
        outcome: 'unknown',
        hint: 'The service may have run the job. Look there before you send the model again.',
        cause: error,
      },
    );
  }

  #withOutcome(error: unknown): unknown {
    if (error instanceof BimServiceError) {
      error.phase ??= this.#phase;
      error.outcome ??= this.#bytesOut === 0 ? 'not-sent' : 'unknown';
    }
    return error;
  }
}

function drained(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      client.off('drain', go);
      client.off('close', go);
      client.off('response', go);
      resolve();
    };
    client.once('drain', go);
    client.once('close', go);
    client.once('response', go);
  });
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

function lost(words: string): Error {
  return new Error(words);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function cut(error: unknown, url: string, bytes: number, total: number | null): BimServiceError {
  const of = total === null ? `${bytes} bytes` : `${bytes} of ${total} bytes`;
  const why = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
  return new BimServiceError(
    'result-incomplete',
    `${hostOf(url)}: the answer broke off after ${of} (${why})`,
    {
      phase: 'download',
      outcome: 'done',
      hint: 'Nothing was kept under the final name. The job has run; ask the provider before you send the model again.',
      cause: error,
    },
  );
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
