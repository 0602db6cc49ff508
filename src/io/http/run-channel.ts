// A websocket to a BIMserver for one run: opens it, sends the token, and reads message by message (PROTOCOL 1.7).
// It uses `ws`: undici 7 loses a compressed message when the connection ends directly after it.
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { type RawData, WebSocket } from 'ws';
import { orAborted } from '../../abort.js';
import type { ChannelEvent, ChannelRequest, RunChannel } from '../../core/ports/http.js';
import { deadline } from '../../deadline.js';
import { BimServiceError } from '../../errors.js';
import { heartbeat, readStreamText, streamGreeting } from '../../protocol/invocation/run-channel.js';
import { hostOf } from '../../protocol/repository/addresses.js';
import { deferred } from './deferred.js';
import { type HttpOptions, SOCKET_OPTIONS, tlsOptions } from './options.js';
import { proxyFor } from './proxy.js';

/** The largest message that BIMserver sends (PROTOCOL 1.7). Such a result is kept in memory. */
const MAX_MESSAGE = 512 * 1024 * 1024;

/** No text is longer, and nothing else where no result was announced: progress and heads take some hundred bytes. */
const LARGEST_TEXT = 1024 * 1024;

/** More messages than these wait in the socket, and so with the server, until ours are read. */
const MOST_WAITING = 64;

/** Proxies close connections that are silent for a minute. A server that does not respond to two pings is lost (RFC 6455 5.5.2). */
const HEARTBEAT_MS = 30_000;

/** A server responds to close frames at once, or never. */
const CLOSE_MS = 1000;

/**
 * Connects, and returns when the server has assigned an endpoint. Throws BimServiceErrors with the outcome `not-sent`:
 * `token-refused`, or `unreachable` when there is no websocket or no message.
 */
export async function openRunChannel(
  { url, token }: ChannelRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<RunChannel> {
  signal.throwIfAborted();
  const channel = new Channel(url, await agentFor(url, options), options);
  using limit = deadline(signal, options.limits.greetingMs, new Error('no response in time'));
  try {
    await channel.greet(token, limit.signal);
    return channel;
  } catch (error) {
    await channel[Symbol.asyncDispose]();
    signal.throwIfAborted();
    if (error instanceof BimServiceError) throw error;
    throw new BimServiceError('unreachable', `the websocket of ${hostOf(url)} does not respond`, {
      phase: 'connect',
      outcome: 'not-sent',
      hint: 'To continue without it: --flow sync',
      cause: error,
    });
  }
}

type ProxyAgent = HttpsProxyAgent<string>;

class Channel implements RunChannel {
  readonly #socket: WebSocket;
  readonly #url: string;
  readonly #opened = deferred<void>();
  readonly #closed = deferred<void>();
  readonly #arrived: ChannelEvent[] = [];
  #wake = deferred<void>();
  #beats: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #why: string | null = null;
  /** Bytes since the last whole message. */
  #unread = 0;
  /** True between the head of a result and its body. */
  #isAnnounced = false;

  constructor(url: string, agent: ProxyAgent | undefined, options: HttpOptions) {
    this.#url = url;
    this.#socket = new WebSocket(url, {
      agent,
      ...SOCKET_OPTIONS,
      ...(url.startsWith('wss:') ? tlsOptions(options) : {}),
      headers: { 'User-Agent': options.userAgent },
      maxPayload: MAX_MESSAGE,
      // Most results are archives, so compression gains little.
      perMessageDeflate: false,
    });
    // Fragments as received: one copy of a large result in memory, not two.
    this.#socket.binaryType = 'fragments';
    this.#socket.on('open', () => this.#opened.resolve());
    // Not before `ws` listens itself: the first listener sets the bytes going.
    this.#socket.on('upgrade', ({ socket }) => {
      this.#socket.once('open', () => socket.on('data', ({ length }: Uint8Array) => this.#count(length)));
    });
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('ping', () => {
      this.#unread = 0;
      // `ws` has answered it. A server that only pings and reads nothing would have us keep the pongs.
      if (this.#socket.bufferedAmount > LARGEST_TEXT) this.#break('the server reads nothing');
    });
    this.#socket.on('pong', () => {
      this.#unread = 0;
      this.#unanswered = 0;
    });
    // Bytes that are not frames: a closing handshake is impossible, and `ws` would wait for the other side.
    this.#socket.on('error', ({ message }) => this.#break(message));
    this.#socket.on('close', (code) => this.#end(this.#why ?? `closed, ${code}`));
  }

  async greet(token: ChannelRequest['token'], limit: AbortSignal): Promise<void> {
    await orAborted(this.#opened.promise, limit);
    await this.#until('welcome', limit);
    this.#socket.send(streamGreeting(token));
    await this.#until('endpoint', limit);
    this.#beats = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#beats.unref();
  }

  async next(signal: AbortSignal): Promise<ChannelEvent> {
    for (;;) {
      signal.throwIfAborted();
      const event = this.#arrived[0];
      if (event !== undefined) {
        // The end stays in the queue for every later call.
        if (event.kind !== 'lost') this.#arrived.shift();
        if (this.#socket.isPaused && this.#arrived.length === 0) this.#socket.resume();
        return event;
      }
      await orAborted(this.#wake.promise, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beats);
    if (this.#socket.isPaused) this.#socket.resume();
    this.#socket.close();
    const late = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    // The server forgets our endpoint when it closes; the next run with this token must not start before that.
    await this.#closed.promise;
    clearTimeout(late);
  }

  #beat(): void {
    // While we take nothing in, no pong can be seen.
    if (this.#socket.isPaused) this.#unanswered = 0;
    if (this.#unanswered >= 2) {
      this.#break('the server does not respond to pings');
      return;
    }
    this.#unanswered += 1;
    this.#socket.send(heartbeat(Date.now()));
    this.#socket.ping();
  }

  /** Skips other messages until then. */
  async #until(kind: 'welcome' | 'endpoint', limit: AbortSignal): Promise<void> {
    for (;;) {
      const event = await this.next(limit);
      if (event.kind === kind) return;
      if (event.kind === 'error') {
        throw new BimServiceError('token-refused', `${hostOf(this.#url)} did not accept the token`, {
          phase: 'connect',
          outcome: 'not-sent',
        });
      }
      if (event.kind === 'lost') throw new Error(event.why);
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#unread = 0;
    const pieces = [data].flat().map((piece) => (Buffer.isBuffer(piece) ? piece : new Uint8Array(piece)));
    if (isBinary) {
      // Only what was announced is a result.
      if (this.#isAnnounced) this.#push({ kind: 'binary', pieces });
      this.#isAnnounced = false;
      return;
    }
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) > LARGEST_TEXT) {
      this.#tooLarge();
      return;
    }
    const said = readStreamText(Buffer.concat(pieces).toString('utf8'));
    if (said.kind === 'output') this.#isAnnounced = true;
    if (said.kind !== 'other') this.#push(said);
  }

  /** `ws` has one limit for all messages, and it is that of a result; this one is for a message that is on its way. */
  #count(bytes: number): void {
    this.#unread += bytes;
    if (!this.#isAnnounced && this.#unread > 2 * LARGEST_TEXT) this.#tooLarge();
  }

  #tooLarge(): void {
    this.#break(`the server sent a message of more than ${LARGEST_TEXT / 1024 / 1024} MiB that is no result`);
  }

  #break(why: string): void {
    this.#why ??= why;
    this.#socket.terminate();
  }

  #end(why: string): void {
    clearInterval(this.#beats);
    this.#opened.reject(new Error(why));
    this.#push({ kind: 'lost', why });
    this.#closed.resolve();
  }

  /** A result waits alone: there may be hundreds of megabytes of it. */
  #push(event: ChannelEvent): void {
    this.#arrived.push(event);
    if (event.kind === 'binary' || this.#arrived.length >= MOST_WAITING) this.#socket.pause();
    this.#wake.resolve();
    this.#wake = deferred();
  }
}

/** Through a proxy by CONNECT, with and without TLS: few proxies pass an upgrade on otherwise. */
async function agentFor(url: string, options: HttpOptions): Promise<ProxyAgent | undefined> {
  const proxy = proxyFor(url.replace(/^ws/, 'http'), options.env);
  if (proxy === null) return undefined;
  const headers = proxy.authorization === null ? {} : { 'Proxy-Authorization': proxy.authorization };
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(proxy.url, { ...SOCKET_OPTIONS, ...tlsOptions(options), headers });
}
