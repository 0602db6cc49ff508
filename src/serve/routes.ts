// Maps addresses to handlers.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { readSmallBody } from './http/bodies.js';
import { jsonResponse, methodNotAllowed, oauthError, type ResponseContent } from './http/http.js';
import type { RateLimits } from './http/limits.js';
import type { Metrics } from './metrics.js';
import { answerConsent } from './oauth/answer-consent.js';
import { type AuthorizeContext, askConsent } from './oauth/authorize.js';
import { METADATA_PATH, OAUTH_PATHS, serverMetadata } from './oauth/metadata.js';
import { mediaType } from './oauth/parameters.js';
import { register } from './oauth/register.js';
import { exchangeToken, revokeToken, type TokenRequest } from './oauth/token-endpoint.js';
import { statusPage } from './pages/status-page.js';
import { type ResourceContext, runService } from './resource.js';
import type { RecentRuns } from './runs/recent-runs.js';
import type { ProviderEvent, ServedService } from './service/served-service.js';
import {
  flatList,
  NUMBERED_LIST_PATH,
  nestedList,
  numberedList,
  providerList,
  resourcePath,
  resultTypes,
} from './service-list.js';
import { STREAM_PATH } from './stream.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the question mark. */
  readonly query: string;
  readonly requestId: string;
  /** Address of the client. */
  readonly from: string;
  readonly log: (event: ProviderEvent) => void;
  readonly afterwards: (work: () => Promise<void>) => void;
}

export type Handler = (exchange: Exchange) => ResponseContent | Promise<ResponseContent>;

/** What the handlers need. */
export interface Site {
  /** The origin for clients. */
  readonly origin: string;
  readonly services: () => ReadonlyMap<string, ServedService>;
  readonly authorize: Omit<AuthorizeContext, 'log'>;
  readonly resource: Omit<ResourceContext, 'log'>;
  readonly limits: RateLimits;
  readonly metrics: Metrics | null;
  readonly runs: RecentRuns;
  readonly isReady: () => boolean;
  readonly now: () => number;
}

/** The handler of a path; undefined when there is none. */
export function findHandler(path: string, site: Site): Handler | undefined {
  const fixed = ROUTES.get(path);
  if (fixed !== undefined) return (exchange) => fixed(exchange, site);
  for (const service of site.services().values()) {
    if (path !== resourcePath(service.id)) continue;
    return (exchange) => runService(service, exchange, { ...site.resource, log: exchange.log });
  }
  return undefined;
}

type Route = (exchange: Exchange, site: Site) => ResponseContent | Promise<ResponseContent>;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', reading((site) => statusPage({ ...busy(site), listUrl: new URL('/servicelist', site.origin).href }))],
  ['/servicelist', reading((site) => jsonResponse(200, nestedList(site.origin, site.services().values())))],
  [
    NUMBERED_LIST_PATH,
    reading((site) => jsonResponse(200, numberedList(site.origin, site.services().values()))),
  ],
  ['/services.json', reading((site) => jsonResponse(200, flatList(site.origin, site.services().values())))],
  ['/extendeddataschemas.json', reading((site) => jsonResponse(200, resultTypes(site.services().values())))],
  ['/serviceproviders.json', reading((site) => jsonResponse(200, providerList(site.origin)))],
  [METADATA_PATH, reading((site) => jsonResponse(200, serverMetadata(site.origin)))],
  ['/healthz', reading(({ isReady }) => (isReady() ? HEALTHY : UNHEALTHY))],
  ['/metrics', reading(metrics)],
  [STREAM_PATH, streamRoute],
  [OAUTH_PATHS.register, registerRoute],
  [OAUTH_PATHS.authorize, authorizeRoute],
  [OAUTH_PATHS.token, tokenRoute],
  [OAUTH_PATHS.revoke, revokeRoute],
]);

const HEALTHY = jsonResponse(200, { status: 'ok' });
const UNHEALTHY = jsonResponse(503, { status: 'not connected' });

/** A websocket does not come here. */
function streamRoute(): never {
  const headers = { Upgrade: 'websocket', Connection: 'Upgrade' };
  throw oauthError(426, 'invalid_request', 'This address is a websocket', headers);
}

function reading(show: (site: Site) => ResponseContent | Promise<ResponseContent>): Route {
  return ({ request }, site) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed('GET, HEAD');
    return show(site);
  };
}

function busy(site: Site): Pick<Parameters<typeof statusPage>[0], 'services' | 'counts' | 'runs'> {
  const services = [...site.services().values()];
  return { services, counts: site.resource.queue.counts, runs: site.runs.list() };
}

async function metrics(site: Site): Promise<ResponseContent> {
  if (site.metrics === null) throw oauthError(404, 'not_found', 'This provider keeps no metrics');
  const { contentType, text } = await site.metrics.render(site.resource.queue.counts);
  return { status: 200, headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' }, body: text };
}

async function registerRoute(
  { request, response, from, log }: Exchange,
  site: Site,
): Promise<ResponseContent> {
  if (request.method !== 'POST') throw methodNotAllowed('POST');
  await site.limits.registration(from);
  const body = await readSmallBody(request, response);
  const contentType = request.headers['content-type'];
  const { content, clientName } = await register(contentType, body, { ...site.authorize, now: site.now });
  log({ event: 'registered', client: clientName });
  return content;
}

async function authorizeRoute(exchange: Exchange, site: Site): Promise<ResponseContent> {
  const { request, response, query, from, log } = exchange;
  const { method, headers } = request;
  const context = { ...site.authorize, log };
  if (method === 'GET') {
    await site.limits.consent(from);
    return askConsent(query, headers.cookie, context);
  }
  if (method !== 'POST') throw methodNotAllowed('GET, POST');
  if (mediaType(headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw oauthError(415, 'invalid_request', 'This address takes its own form only');
  }
  const body = await readSmallBody(request, response);
  return answerConsent({ body, cookie: headers.cookie, from }, context);
}

async function readTokenRequest({ request, response, query }: Exchange): Promise<TokenRequest> {
  if (request.method !== 'POST') throw methodNotAllowed('POST');
  const body = await readSmallBody(request, response);
  const { 'content-type': contentType, authorization } = request.headers;
  return { contentType, authorization, query, body };
}

async function tokenRoute(exchange: Exchange, site: Site): Promise<ResponseContent> {
  const { content, client, serviceId } = await exchangeToken(
    await readTokenRequest(exchange),
    site.authorize,
  );
  const service = site.services().get(serviceId)?.name ?? serviceId;
  exchange.log({ event: 'token-issued', client: client.name, service });
  return content;
}

async function revokeRoute(exchange: Exchange, site: Site): Promise<ResponseContent> {
  return revokeToken(await readTokenRequest(exchange), site.authorize);
}
