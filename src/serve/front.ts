// Every request passes here: its host is checked, it gets an id, and it is handled, logged and cleaned up.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf } from '../errors.js';
import { clientAddress } from './http/client-address.js';
import { isOwnAddress } from './http/host-names.js';
import { jsonResponse, oauthError, Refusal, type ResponseContent } from './http/http.js';
import { send } from './http/send.js';
import { findHandler, type Site } from './routes.js';
import type { LoggedEvent, ProviderEvent } from './service/served-service.js';
import { StoreError } from './store/port.js';
import { STREAM_PATH } from './stream.js';

export interface FrontOptions {
  /** The Host headers that name this server, in lower case. */
  readonly hosts: ReadonlySet<string>;
  readonly behindProxy: boolean;
  readonly log: (event: LoggedEvent) => void;
}

export class Front {
  #open = 0;
  #onIdle: Array<() => void> = [];

  constructor(
    private readonly site: Site,
    private readonly options: FrontOptions,
  ) {}

  /** Resolves when no request is being handled. */
  async idle(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    await this.#serve(request, response);
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = randomUUID();
    const log = (event: ProviderEvent): void => {
      this.site.metrics?.observe(event);
      this.site.runs.note(event, this.site.now());
      this.options.log({ ...event, requestId });
    };
    const from = clientAddress(request, this.options.behindProxy);
    const { host, path, query } = readTarget(request);
    const method = request.method ?? '';
    const ends: Array<() => Promise<void>> = [];
    response.setHeader('X-Request-Id', requestId);
    response.on('error', () => {});
    let status = 500;
    try {
      const afterwards = (work: () => Promise<void>): void => void ends.push(work);
      const content = await this.#respond(host, path, {
        request,
        response,
        query,
        requestId,
        from,
        log,
        afterwards,
      });
      status = content.status;
      await send(request, response, content);
    } catch (error) {
      response.destroy();
      log({ event: 'trouble', reason: messageOf(error) });
    }
    const ms = Math.round(performance.now() - started);
    log({ event: 'request', method, path, status, ms, from });
    for (const end of ends) {
      await end().catch((error: unknown) => log({ event: 'trouble', reason: messageOf(error) }));
    }
  }

  /** True when the websocket was taken: only on one path, and only for one of our hosts. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const { host, path } = readTarget(request);
    const isWebsocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (!isWebsocket || path !== STREAM_PATH || !this.#isOurs(host, request)) return false;
    const from = clientAddress(request, this.options.behindProxy);
    socket.on('error', () => socket.destroy());
    const status = this.site.resource.streams.upgrade(request, socket, head) ? 101 : 400;
    const event = { event: 'request', method: request.method ?? '', path, status, ms: 0, from } as const;
    this.site.metrics?.observe(event);
    this.options.log({ ...event, requestId: randomUUID() });
    return true;
  }

  async #respond(
    host: string,
    path: string,
    exchange: Parameters<NonNullable<ReturnType<typeof findHandler>>>[0],
  ): Promise<ResponseContent> {
    try {
      // Another name means that a foreign page was pointed at this address (DNS rebinding).
      if (!this.#isOurs(host, exchange.request)) {
        throw oauthError(421, 'invalid_request', 'This provider does not go by that host name');
      }
      const handler = findHandler(path, this.site);
      if (handler === undefined) throw oauthError(404, 'not_found', 'There is nothing at this address');
      return await handler(exchange);
    } catch (error) {
      if (error instanceof Refusal) {
        exchange.log({ event: 'refused', refusal: error.words });
        return error.content;
      }
      exchange.log({ event: 'trouble', reason: messageOf(error) });
      return error instanceof StoreError ? STORE_RESPONSE : jsonResponse(500, { error: 'server_error' });
    }
  }

  #isOurs(host: string, request: IncomingMessage): boolean {
    return this.options.hosts.has(host) || isOwnAddress(host, request);
  }
}

const STORE_RESPONSE = jsonResponse(
  503,
  { error: 'temporarily_unavailable', error_description: 'The provider cannot read or write its data' },
  { 'Retry-After': '30' },
);

interface Target {
  /** In lower case. */
  readonly host: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/** A whole address in the place of the path counts more than the Host field (RFC 9112 3.2.2). */
function readTarget({ url = '/', headers }: IncomingMessage): Target {
  const [, named, rest = url] = /^https?:\/\/([^/?]*)(.*)$/is.exec(url) ?? [];
  const host = (named ?? headers.host ?? '').toLowerCase();
  const mark = rest.indexOf('?');
  const [path, query] = mark < 0 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)];
  return { host, path: path === '' ? '/' : path, query };
}
