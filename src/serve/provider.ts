// A small provider of BIM services: OAuth endpoints, a consent page, and services that take models (PROTOCOL 1.1 to 1.6).

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuthorizeContext, answerConsent, askConsent } from './authorize.js';
import { checkBearer } from './bearer.js';
import { Grants } from './grants.js';
import {
  jsonResponse,
  methodNotAllowed,
  oauthError,
  Refusal,
  type ResponseContent,
  readSmallBody,
  send,
} from './http.js';
import { mediaType } from './parameters.js';
import { register } from './register.js';
import { runService } from './resource.js';
import type { ProviderEvent, ServedService } from './served-service.js';
import { flatList, nestedList, resourcePath } from './service-list.js';
import { exchangeToken } from './token-endpoint.js';

export interface ProviderOptions {
  /** 0 asks the kernel. */
  readonly port: number;
  /** An address literal of this machine, `127.0.0.1` for instance. */
  readonly host: string;
  readonly services: readonly ServedService[];
  readonly log?: (event: ProviderEvent) => void;
  /** Epoch ms; for tests. */
  readonly now?: () => number;
  /** That many random bytes as base64url; for tests. */
  readonly randomToken?: (bytes: number) => string;
}

export interface Provider extends AsyncDisposable {
  /** `http://HOST:PORT`, as bound. */
  readonly origin: string;
  /** The nested list; the flat one is at `/services.json`. */
  readonly repositoryUrl: string;
}

type Handler = (exchange: Exchange) => ResponseContent | Promise<ResponseContent>;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the question mark. */
  readonly query: string;
}

/**
 * Starts a provider. Everything it knows is in memory and ends with it. Rejects with Node's error (EADDRINUSE …)
 * where the address cannot be bound.
 */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  // Node's limit for whole requests would cut slow uploads after five minutes (CASES B152).
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 });
  const origin = await listen(server, options);
  const answer = createAnswerer(origin, options);
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response);
  };
  server.on('request', onRequest);
  // A client that asks first is told to go on only by a handler that wants the body.
  server.on('checkContinue', onRequest);
  return {
    origin,
    repositoryUrl: new URL('/servicelist', origin).href,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { port, host }: ProviderOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { family, port: bound } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${host}]` : host}:${bound}`);
    });
  });
}

function createAnswerer(
  origin: string,
  options: ProviderOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const log = options.log ?? (() => {});
  const routes = createRoutes(origin, options, log);
  const hosts = new Set([new URL(origin).host, `localhost:${new URL(origin).port}`]);
  return async (request, response) => {
    const [path = '/', query = ''] = splitTarget(request.url ?? '/');
    let content: ResponseContent;
    try {
      // A name that is not ours means that a foreign page was pointed at this address (DNS rebinding).
      if (!hosts.has(request.headers.host?.toLowerCase() ?? '')) {
        throw oauthError(421, 'invalid_request', 'This provider does not go by that host name');
      }
      const handler = routes.get(path);
      if (handler === undefined) throw oauthError(404, 'not_found', 'There is nothing at this address');
      content = await handler({ request, response, query });
    } catch (error) {
      content = error instanceof Refusal ? error.content : jsonResponse(500, { error: 'server_error' });
    }
    if (content.status >= 400)
      log({ event: 'refused', method: request.method ?? '', path, status: content.status });
    send(request, response, content);
  };
}

function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

function createRoutes(
  origin: string,
  options: ProviderOptions,
  log: (event: ProviderEvent) => void,
): ReadonlyMap<string, Handler> {
  const now = options.now ?? Date.now;
  const randomToken = options.randomToken ?? ((bytes: number) => randomBytes(bytes).toString('base64url'));
  const grants = new Grants(now, randomToken);
  const services = new Map(options.services.map((service) => [service.id, service]));
  const authorizing: AuthorizeContext = { grants, services, randomToken };
  const nameOf = (serviceId: string): string => services.get(serviceId)?.name ?? serviceId;

  const routes = new Map<string, Handler>([
    ['/servicelist', listHandler(nestedList(origin, services.values()))],
    ['/services.json', listHandler(flatList(origin, services.values()))],
    [
      '/oauth/register',
      async ({ request, response }) => {
        if (request.method !== 'POST') throw methodNotAllowed('POST');
        const body = await readSmallBody(request, response);
        const { content, clientName } = register(request.headers['content-type'], body, grants, now);
        log({ event: 'registered', client: clientName });
        return content;
      },
    ],
    [
      '/oauth/authorize',
      async ({ request, response, query }) => {
        const { method, headers } = request;
        if (method === 'GET') return askConsent(query, headers.cookie, authorizing);
        if (method !== 'POST') throw methodNotAllowed('GET, POST');
        if (mediaType(headers['content-type']) !== 'application/x-www-form-urlencoded') {
          throw oauthError(415, 'invalid_request', 'This address takes its own form only');
        }
        const body = await readSmallBody(request, response);
        const { content, event } = answerConsent(body, headers.cookie, authorizing);
        log(event);
        return content;
      },
    ],
    [
      '/oauth/access',
      async ({ request, response, query }) => {
        if (request.method !== 'POST') throw methodNotAllowed('POST');
        const body = await readSmallBody(request, response);
        const { 'content-type': contentType, authorization } = request.headers;
        const { content, client, serviceId } = exchangeToken(
          { contentType, authorization, query, body },
          grants,
          (id) => new URL(resourcePath(id), origin).href,
        );
        log({ event: 'token-issued', client: client.name, service: nameOf(serviceId) });
        return content;
      },
    ],
  ]);
  for (const service of services.values()) {
    routes.set(resourcePath(service.id), ({ request, response, query }) => {
      if (request.method !== 'POST') throw methodNotAllowed('POST');
      const authorization = request.headersDistinct.authorization ?? [];
      const { client } = checkBearer({ authorization, query, serviceId: service.id }, grants);
      if (request.headers['content-encoding'] !== undefined) {
        throw oauthError(415, 'invalid_request', 'Models are taken as they are, without Content-Encoding');
      }
      return runService({ request, response, service, client, now, log });
    });
  }
  return routes;
}

function listHandler(list: unknown): Handler {
  return ({ request }) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed('GET, HEAD');
    return jsonResponse(200, list);
  };
}
