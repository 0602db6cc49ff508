// The authorization endpoint (RFC 6749 4.1.1 and 4.1.2, RFC 7636 4.3; PROTOCOL 1.3): shows the consent page.

import { spanText } from '../../durations.js';
import { Refusal, type ResponseContent } from '../http/http.js';
import { isLoopbackHost } from '../http/loopback.js';
import { consentPage } from '../pages/consent-page.js';
import { problemPage } from '../pages/page.js';
import type { ProviderEvent, ServedService } from '../service/served-service.js';
import { type Client, type Clients, chooseRedirectUri } from './clients.js';
import type { AuthorizationRequest, Grants } from './grants.js';
import { type Parameters, readParameters } from './parameters.js';
import type { RedirectHosts } from './redirect-uri.js';
import type { Tokens } from './tokens.js';
import type { Users } from './users.js';

const COOKIE = 'bimservice-consent';

export interface AuthorizeContext {
  readonly clients: Clients;
  readonly grants: Grants;
  readonly tokens: Tokens;
  /** Null: no one has to log in. */
  readonly users: Users | null;
  readonly services: () => ReadonlyMap<string, ServedService>;
  readonly randomToken: (bytes: number) => string;
  readonly resourceUrl: (serviceId: string) => string;
  readonly websocketUrl: string;
  /** The machines that may get a redirect by http. */
  readonly redirectHosts: RedirectHosts;
  /** True when a login from this address may be tried now. */
  readonly mayLogIn: (from: string, name: string) => Promise<boolean>;
  readonly loggedIn: (from: string, name: string) => Promise<void>;
  readonly log: (event: ProviderEvent) => void;
}

/** A submitted form becomes an authorization request again. */
export interface LoginFault {
  readonly name: string;
  readonly fault: string;
  /** The service that the person selected. */
  readonly serviceId: string | null;
}

/**
 * Shows the consent page for an authorization request. An unknown client or redirect address gets a page and no redirect
 * (RFC 6749 4.1.2.1); every other fault is sent to the client as `error`.
 */
export async function askConsent(
  query: string,
  cookie: string | undefined,
  context: AuthorizeContext,
): Promise<ResponseContent> {
  const { request, client } = await readAuthorizationRequest(
    readParameters(new URLSearchParams(query)),
    context,
  );
  return showConsent(request, client, readBrowser(cookie) ?? context.randomToken(32), context, null);
}

/** The consent page for a checked request. */
export async function showConsent(
  request: AuthorizationRequest,
  client: Client,
  browser: string,
  context: AuthorizeContext,
  fault: LoginFault | null,
): Promise<ResponseContent> {
  const services = context.services();
  const named = request.serviceId === null ? undefined : services.get(request.serviceId);
  const content = consentPage({
    consent: await context.grants.openConsent(request, browser),
    clientName: client.name,
    services: named === undefined ? [...services.values()] : [named],
    selected: fault?.serviceId ?? null,
    redirectUri: request.redirectUri,
    life: spanText(context.tokens.lifeOf(client)),
    login: context.users === null ? null : { name: fault?.name ?? '', fault: fault?.fault ?? null },
  });
  const secure = context.websocketUrl.startsWith('wss:') ? '; Secure' : '';
  content.headers['Set-Cookie'] =
    `${COOKIE}=${browser}; Path=/oauth/authorize; HttpOnly; SameSite=Lax${secure}`;
  return content;
}

/** The id that we gave to this browser. */
export function readBrowser(cookie: string | undefined): string | undefined {
  for (const pair of (cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

async function readAuthorizationRequest(
  parameters: Parameters,
  context: AuthorizeContext,
): Promise<{ request: AuthorizationRequest; client: Client }> {
  const client = await context.clients.find(parameters.get('client_id') ?? '');
  if (client === undefined) {
    throw refusePage(
      400,
      'This program is not registered here',
      'Its registration may have expired or been revoked, or this provider was started without its data. Let the program register again.',
    );
  }
  const requested = parameters.get('redirect_uri');
  const redirectUri = parameters.repeated.has('redirect_uri')
    ? undefined
    : chooseRedirectUri(client, requested, context.redirectHosts);
  if (redirectUri === undefined) {
    throw refusePage(
      400,
      'The result would go to an unknown address',
      'The address in this request is not the one that the program registered, so nothing was sent there.',
    );
  }
  const state = parameters.get('state');
  const challenge = parameters.get('code_challenge');
  const fault = findFault(parameters, client);
  if (fault !== undefined) {
    throw refuseToClient(redirectUri, fault, state);
  }
  const request = {
    clientId: client.id,
    redirectUri,
    redirectUriSent: requested !== undefined,
    state: state ?? null,
    challenge: challenge ?? null,
    serviceId: findService(state, context.services()),
  };
  return { request, client };
}

/**
 * Reports a fault to the client. Anyone may register, so a browser is sent to another computer only by its person: otherwise this
 * server would be an open redirector (RFC 9700 4.11.2).
 */
function refuseToClient(
  redirectUri: string,
  [error, error_description]: [error: string, description: string],
  state: string | undefined,
): Refusal {
  if (redirectUri === '') return refusePage(400, WRONG_REQUEST, error_description);
  const response = redirect(redirectUri, { error, error_description, state });
  const { hostname, host } = new URL(redirectUri);
  if (isLoopbackHost(hostname)) return new Refusal(response, error_description);
  const back = { href: response.headers.Location ?? '', words: `Go back to ${host}` };
  return new Refusal(problemPage(400, WRONG_REQUEST, error_description, back), error_description);
}

const WRONG_REQUEST = 'The program asked in a wrong way';

function findFault(parameters: Parameters, client: Client): [error: string, description: string] | undefined {
  if (parameters.repeated.size > 0) return ['invalid_request', 'A parameter is repeated'];
  const responseType = parameters.get('response_type');
  if (responseType === undefined) return ['invalid_request', 'response_type is missing'];
  if (responseType !== 'code') return ['unsupported_response_type', 'response_type must be code'];
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined) return ['invalid_request', 'code_challenge is missing'];
    // RFC 9700 2.1.1: nothing else binds the code to a client without a secret.
    return client.secretHash === null ? ['invalid_request', 'code challenge required'] : undefined;
  }
  // RFC 7636 4.3: a challenge without a method is plain.
  if (method !== 'S256') return ['invalid_request', 'transform algorithm not supported'];
  return /^[\w-]{43}$/.test(challenge) ? undefined : ['invalid_request', 'code_challenge is not of S256'];
}

/** The only service, or the one that `_serviceName` in the state names (PROTOCOL 1.3), or null. */
function findService(state: string | undefined, services: ReadonlyMap<string, ServedService>): string | null {
  const [only, ...others] = services.values();
  if (only !== undefined && others.length === 0) return only.id;
  const name = readServiceName(state);
  return [...services.values()].find((service) => service.name === name)?.id ?? null;
}

function readServiceName(state: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(state ?? '');
    if (typeof value !== 'object' || value === null || !('_serviceName' in value)) return undefined;
    return typeof value._serviceName === 'string' ? value._serviceName : undefined;
  } catch {
    return undefined;
  }
}

/** What a response may contain: none of them may be there twice (RFC 6749 3.1), or the client may take the other one. */
const RESPONSE_PARAMETERS = [
  'code',
  'state',
  'error',
  'error_description',
  'error_uri',
  'iss',
  'websocketUrl',
];

/** 303, so that no browser posts the form to the client (RFC 9700 4.12). */
export function redirect(redirectUri: string, result: Record<string, string | undefined>): ResponseContent {
  const clean = new URL(redirectUri);
  for (const name of RESPONSE_PARAMETERS) clean.searchParams.delete(name);
  const location = withParameters(clean.href, result);
  const headers = { Location: location, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
  return { status: 303, headers, body: '' };
}

/** `address` with parameters added; undefined parameters are left out. */
export function withParameters(address: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value);
  }
  return url.href;
}

export function refusePage(status: number, title: string, advice: string): Refusal {
  return new Refusal(problemPage(status, title, advice), title);
}
