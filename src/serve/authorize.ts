// The authorization endpoint (RFC 6749 4.1.1 and 4.1.2, RFC 7636 4.3; PROTOCOL 1.3): the question and its answer.

import {
  type AuthorizationRequest,
  type Client,
  chooseRedirectUri,
  type Grants,
  TOKEN_MS,
} from './grants.js';
import { Refusal, type ResponseContent } from './http.js';
import { consentPage, problemPage } from './pages.js';
import { type Parameters, readParameters } from './parameters.js';
import type { ProviderEvent, ServedService } from './served-service.js';

const COOKIE = 'bimservice-consent';

export interface AuthorizeContext {
  readonly grants: Grants;
  readonly services: ReadonlyMap<string, ServedService>;
  readonly randomToken: (bytes: number) => string;
}

/**
 * Shows the consent page for an authorization request. An unknown client or redirect address gets a page and is
 * never redirected (RFC 6749 4.1.2.1); every other fault goes to the client as `error`.
 */
export function askConsent(
  query: string,
  cookie: string | undefined,
  context: AuthorizeContext,
): ResponseContent {
  const request = readAuthorizationRequest(readParameters(new URLSearchParams(query)), context);
  const browser = readCookie(cookie) ?? context.randomToken(32);
  const named = request.serviceId === null ? undefined : context.services.get(request.serviceId);
  const content = consentPage({
    consent: context.grants.openConsent(request, browser),
    clientName: request.client.name,
    services: named === undefined ? [...context.services.values()] : [named],
    redirectUri: request.redirectUri,
    hours: TOKEN_MS / 3_600_000,
  });
  content.headers['Set-Cookie'] = `${COOKIE}=${browser}; Path=/oauth/authorize; HttpOnly; SameSite=Lax`;
  return content;
}

/**
 * Takes the person's answer and sends the browser back to the client: 303 with `code` or with `access_denied`.
 * A form that this browser was not shown, or that was answered before, gets a 403 page (CASES B161).
 */
export function answerConsent(
  body: string,
  cookie: string | undefined,
  context: AuthorizeContext,
): { content: ResponseContent; event: ProviderEvent } {
  const form = readParameters(new URLSearchParams(body));
  const browser = readCookie(cookie);
  const consent = form.get('consent');
  const request =
    browser === undefined || consent === undefined ? undefined : context.grants.takeConsent(consent, browser);
  if (request === undefined) {
    throw refusePage(
      403,
      'This form is no longer good',
      'It was answered before, is over ten minutes old, or came from elsewhere; cookies must be allowed. Start again in the program that sent you here.',
    );
  }
  const { client, redirectUri, state } = request;
  if (form.get('decision') !== 'allow') {
    const content = redirect(redirectUri, { error: 'access_denied', state });
    return { content, event: { event: 'denied', client: client.name } };
  }
  const service = context.services.get(request.serviceId ?? form.get('service') ?? '');
  if (service === undefined) {
    throw refusePage(400, 'No service was chosen', 'Start again in the program that sent you here.');
  }
  const code = context.grants.issueCode(request, service.id);
  const content = redirect(redirectUri, { code, state });
  return { content, event: { event: 'allowed', client: client.name, service: service.name } };
}

function readAuthorizationRequest(parameters: Parameters, context: AuthorizeContext): AuthorizationRequest {
  const client = context.grants.findClient(parameters.get('client_id') ?? '');
  if (client === undefined) {
    throw refusePage(
      400,
      'This program is not registered here',
      'Its registration may have expired, or this provider was started anew. Let the program register again.',
    );
  }
  const requested = parameters.get('redirect_uri');
  const redirectUri = parameters.repeated.has('redirect_uri')
    ? undefined
    : chooseRedirectUri(client, requested);
  if (redirectUri === undefined) {
    throw refusePage(
      400,
      'The answer would go to an unknown address',
      'The address in this request is not the one that the program registered, so nothing was sent there.',
    );
  }
  const state = parameters.get('state');
  const challenge = parameters.get('code_challenge');
  const fault = findFault(parameters, client);
  if (fault !== undefined) {
    const [error, error_description] = fault;
    throw new Refusal(redirect(redirectUri, { error, error_description, state }));
  }
  return {
    client,
    redirectUri,
    redirectUriSent: requested !== undefined,
    state,
    challenge,
    serviceId: findService(state, context.services),
  };
}

function findFault(parameters: Parameters, client: Client): [error: string, description: string] | undefined {
  if (parameters.repeated.size > 0) return ['invalid_request', 'A parameter is repeated'];
  const responseType = parameters.get('response_type');
  if (responseType === undefined) return ['invalid_request', 'response_type is missing'];
  if (responseType !== 'code') return ['unsupported_response_type', 'response_type must be code'];
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined) return ['invalid_request', 'code_challenge is missing'];
    // RFC 9700 2.1.1: nothing else binds the code to a client that has no secret.
    return client.secretHash === null ? ['invalid_request', 'code challenge required'] : undefined;
  }
  // RFC 7636 4.3: a challenge without a method is a plain one.
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

// 303, so that no browser posts the form on to the client (RFC 9700 4.12).
function redirect(redirectUri: string, answer: Record<string, string | undefined>): ResponseContent {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) location.searchParams.append(name, value);
  }
  const headers = { Location: location.href, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
  return { status: 303, headers, body: '' };
}

function refusePage(status: number, title: string, advice: string): Refusal {
  return new Refusal(problemPage(status, title, advice));
}

function readCookie(field: string | undefined): string | undefined {
  for (const pair of (field ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}
