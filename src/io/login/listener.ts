// The callback listener: one exact path on the loopback address that waits only for the callback of our login.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { onAbort } from '../../abort.js';
import type { Callback, CallbackListener, CallbackPageText, OpenListener } from '../../core/ports/login.js';
import { inTime } from '../../deadline.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { type CallbackPageKind, callbackPage } from './callback-page.js';
import { RELEASE_HEADER } from './held-page.js';
import { askForPort, holdPage } from './page-holder.js';

/** RFC 8252 7.3: the literal address. [::1] where this machine has no IPv4 loopback. */
const LOOPBACKS = ['127.0.0.1', '::1'] as const;
/** Enough for an address of 64 KiB and the headers of a browser with many cookies for 127.0.0.1. */
const MAX_HEAD_BYTES = 128 * 1024;
/** How long the sending of a page may take when the listener closes. */
const FLUSH_MS = 500;
/** How often the port of an earlier login's page is tried, and how long between two tries, in ms. */
const MOST_ATTEMPTS = 20;
const RETRY_MS = 25;

/** A request for the callback path without a response yet. */
interface Visit {
  /** Path and query. */
  target: string;
  parameters: URLSearchParams;
  response: ServerResponse;
}

interface Waiter {
  isOurs: (parameters: URLSearchParams) => boolean;
  settle: (callback: Callback) => void;
  fail: (error: unknown) => void;
}

interface ListenerOptions extends Omit<Parameters<OpenListener>[0], 'port'> {
  keepsPage: boolean;
  host: (typeof LOOPBACKS)[number];
}

/**
 * Binds the loopback address and starts to respond. Requests that come before `next` is called are kept for it (CASES B025).
 * @throws BimServiceError `port-busy` when the port is in use or not permitted.
 */
export const openListener: OpenListener = async ({ port, keepsPage = false, ...options }) => {
  for (const host of LOOPBACKS) {
    const listener = new LoopbackListener({ ...options, keepsPage, host });
    if (await listener.bind(port)) return listener;
  }
  throw new BimServiceError('port-busy', 'this machine has no loopback address to listen on', {
    phase: 'authorize',
    hint: 'Paste the result instead: bimservice authorize SERVICE --paste',
  });
};

class LoopbackListener implements CallbackListener {
  readonly #host: (typeof LOOPBACKS)[number];
  readonly #service: string;
  readonly #path: string;
  readonly #keepsPage: boolean;
  readonly #onStray: Parameters<OpenListener>[0]['onStray'];
  readonly #server = createServer({ maxHeaderSize: MAX_HEAD_BYTES }, (request, response) => {
    this.#receive(request, response);
  });
  #port = 0;
  #waiter: Waiter | null = null;
  /** Path and query of our callback; null until it came. */
  #delivered: string | null = null;
  #page: CallbackPageText | null = null;
  /** Requests that came before `next` was called. */
  #early: Visit[] = [];
  /** Our callbacks that wait for the page: the delivered one and its repetitions (CASES B011). */
  #held: ServerResponse[] = [];
  readonly #sending = new Set<Promise<void>>();

  constructor({ host, path, service, keepsPage, onStray }: ListenerOptions) {
    this.#keepsPage = keepsPage;
    this.#host = host;
    this.#path = path;
    this.#service = service;
    this.#onStray = onStray;
  }

  /** Host and port as they stand in an address. */
  get #authority(): string {
    return `${this.#host === '::1' ? '[::1]' : this.#host}:${this.#port}`;
  }

  get redirectUri(): string {
    return `http://${this.#authority}${this.#path}`;
  }

  /** False where this machine does not have the address. */
  async bind(port: number): Promise<boolean> {
    try {
      await this.#listen(port);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return false;
      throw bindError(error, `${port} on ${this.#host}`);
    }
    this.#server.on('error', (error) => this.#waiter?.fail(error));
    this.#server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket) => {
      // 22 begins a TLS handshake (RFC 8446 5.1): a browser that insists on https.
      if (error.rawPacket?.[0] === 22) this.#onStray('tls', new URLSearchParams());
      socket.destroy();
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    return true;
  }

  /** The page of an earlier login may still have the port: it gives it up when it is asked. */
  async #listen(port: number): Promise<void> {
    let wasAsked = false;
    for (let attempt = 1; ; attempt += 1) {
      const listening = once(this.#server, 'listening');
      this.#server.listen({ host: this.#host, port, exclusive: true });
      try {
        await listening;
        return;
      } catch (error) {
        if (systemErrorCode(error) !== 'EADDRINUSE' || attempt === MOST_ATTEMPTS) throw error;
        wasAsked ||= await askForPort(this.#host, port, this.#path);
        if (!wasAsked) throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }

  next(isOurs: Waiter['isOurs'], signal: AbortSignal): Promise<Callback> {
    if (this.#waiter !== null) throw new Error('next() may be called once: a listener serves one login');
    return new Promise((resolve, reject) => {
      const waiting = onAbort(signal, reject);
      if (signal.aborted) return;
      const settle = (callback: Callback): void => {
        waiting[Symbol.dispose]();
        resolve(callback);
      };
      this.#waiter = { isOurs, settle, fail: reject };
      for (const visit of this.#early.splice(0)) this.#handle(visit, this.#waiter);
    });
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '';
    const [path] = target.split('?', 1);
    const refusal = this.#refusal(request, path);
    if (refusal !== null) {
      this.#send(response, refusal, refusal === 405 ? { Allow: 'GET' } : {}, '');
      return;
    }
    const visit = { target, parameters: new URLSearchParams(target.slice(this.#path.length)), response };
    if (this.#waiter === null) this.#early.push(visit);
    else this.#handle(visit, this.#waiter);
  }

  /** The status for a request that is not a person's callback, otherwise null. */
  #refusal(request: IncomingMessage, path: string | undefined): number | null {
    // A web page whose host name resolves to 127.0.0.1 is recognized by the Host header (DNS rebinding).
    if (!this.#isOurHost(request.headers.host)) return 421;
    // Another login asks whether the port is free: it is not.
    if (path !== this.#path || request.headers[RELEASE_HEADER] !== undefined) return 404;
    if (request.method !== 'GET') return 405;
    return isPrefetch(request) ? 204 : null;
  }

  #isOurHost(host: string | undefined): boolean {
    return host === this.#authority || (this.#port === 80 && `${host}:80` === this.#authority);
  }

  #handle({ target, parameters, response }: Visit, waiter: Waiter): void {
    if (!waiter.isOurs(parameters)) {
      this.#show(response, 400, 'wrong-state');
      this.#onStray('wrong-state', parameters);
      return;
    }
    if (this.#page !== null) {
      this.#showPage(response, this.#page);
      return;
    }
    this.#held.push(response);
    if (this.#delivered !== null) return;
    this.#delivered = target;
    waiter.settle({ parameters, respond: (page) => this.#respond(page) });
  }

  async #respond(page: CallbackPageText): Promise<void> {
    this.#page ??= page;
    const shown = this.#page;
    await Promise.all(this.#held.splice(0).map((response) => this.#showPage(response, shown)));
  }

  #showPage(response: ServerResponse, page: CallbackPageText): Promise<void> {
    return this.#show(response, page.ok ? 200 : 400, page.text);
  }

  #show(response: ServerResponse, status: number, kind: CallbackPageKind): Promise<void> {
    const { html, headers } = callbackPage(kind, this.#service);
    return this.#send(response, status, headers, html);
  }

  /** Resolves when the system has accepted the whole response, or when the browser has closed. */
  #send(
    response: ServerResponse,
    status: number,
    headers: Record<string, string>,
    body: string,
  ): Promise<void> {
    const left = new Promise<void>((resolve) => {
      if (response.destroyed) {
        resolve();
        return;
      }
      response.once('finish', resolve).once('close', resolve);
      const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) };
      response.writeHead(status, { ...length, 'Cache-Control': 'no-store', ...headers, Connection: 'close' });
      response.end(body);
    }).finally(() => this.#sending.delete(left));
    this.#sending.add(left);
    return left;
  }

  /** After a success another program shows the page for some seconds: a reload or Back shows no error of the browser. */
  async #keepPage(): Promise<void> {
    const [page, target] = [this.#page, this.#delivered];
    if (!this.#keepsPage || !page?.ok || target === null) return;
    await holdPage(this.#server, this.#port, {
      authority: this.#authority,
      path: this.#path,
      targetHash: createHash('sha256').update(target).digest('hex'),
      page: { status: 200, ...callbackPage(page.text, this.#service) },
      otherwise: { status: 400, ...callbackPage('wrong-state', this.#service) },
      maxHeadBytes: MAX_HEAD_BYTES,
    });
  }

  /** Closes at once, even with open sockets (CASES B014). Without a decision the page says "failed". */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    await this.#keepPage();
    const closed = once(this.#server, 'close');
    this.#server.close();
    if (this.#held.length > 0) void this.#respond({ ok: false, text: 'failed' });
    await inTime(Promise.all(this.#sending), FLUSH_MS);
    this.#server.closeAllConnections();
    await closed;
  }
}

function isPrefetch(request: IncomingMessage): boolean {
  const { headers } = request;
  const purposes = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']];
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose ?? '')));
}

function bindError(error: unknown, port: string): unknown {
  const code = systemErrorCode(error);
  const hint = 'Choose another with --port, or stop the program that uses it';
  const details = { phase: 'authorize', hint, cause: error } as const;
  if (code === 'EADDRINUSE') {
    return new BimServiceError('port-busy', `port ${port} is used by another program`, details);
  }
  if (code === 'EACCES') {
    return new BimServiceError('port-busy', `this account may not use port ${port}`, details);
  }
  return error;
}
