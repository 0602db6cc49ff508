// The registration endpoint: the original form of the protocol (PROTOCOL 1.2) and RFC 7591.

import { cleanText } from '../../protocol/text/clean-text.js';
import { jsonResponse, oauthError, type Refusal, type ResponseContent } from '../http/http.js';
import type { Clients } from './clients.js';
import { dialectOf, dialectOfOriginalForm } from './dialect.js';
import { mediaType, readJsonObject } from './parameters.js';
import { isAcceptableRedirectUri, type RedirectHosts, redirectHostOf } from './redirect-uri.js';

const NAME_LENGTH = 80;
const MOST_REDIRECT_URIS = 10;

export interface RegisterContext {
  readonly clients: Clients;
  /** The machines that may get a redirect by http. */
  readonly redirectHosts: RedirectHosts;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Registers a client and responds in the form of the request: RFC 7591 (201) if `redirect_uris` is sent, otherwise the
 * original form (200). Refuses with 400 `invalid_request`, `invalid_redirect_uri` or `invalid_client_metadata`.
 */
export async function register(
  contentType: string | undefined,
  body: string,
  { clients, redirectHosts, now }: RegisterContext,
): Promise<{ content: ResponseContent; clientName: string }> {
  if (mediaType(contentType) !== 'application/json') {
    throw oauthError(400, 'invalid_request', 'Content-Type must be application/json');
  }
  const metadata = readJsonObject(body, 'invalid_client_metadata');
  return 'redirect_uris' in metadata
    ? registerByRfc7591(metadata, clients, now)
    : registerByOriginalForm(metadata, { clients, redirectHosts, now });
}

async function registerByOriginalForm(
  metadata: Record<string, unknown>,
  { clients, redirectHosts, now }: RegisterContext,
): Promise<{ content: ResponseContent; clientName: string }> {
  const type = requiredText(metadata, 'type');
  if (type !== 'push' && type !== 'pull') {
    throw oauthError(400, 'invalid_request', 'Parameter [type] must be push or pull');
  }
  const clientName = cleanText(requiredText(metadata, 'client_name'), NAME_LENGTH);
  const redirectUrl = typeof metadata.redirect_url === 'string' ? metadata.redirect_url : '';
  const dialect = dialectOfOriginalForm({ redirectUrl, clientUrl: metadata.client_url });
  const { consent, redirectHostsMayBeAllowed, registrationMs } = dialectOf({ dialect });
  const isRedirected = consent === 'redirect';
  if (isRedirected && !isAcceptableRedirectUri(redirectUrl, redirectHosts)) {
    throw invalidRedirectUri('redirect_url', redirectHostsMayBeAllowed ? redirectHostOf(redirectUrl) : null);
  }
  const { client, secret } = await clients.add({
    name: clientName,
    redirectUris: isRedirected ? [redirectUrl] : [],
    isPublic: false,
    dialect,
  });
  const content = jsonResponse(200, {
    client_id: client.id,
    client_secret: secret,
    issued_at: String(now()),
    expires_in: registrationMs,
    message: 'OK',
  });
  return { content, clientName };
}

function requiredText(metadata: Record<string, unknown>, name: string): string {
  const value = metadata[name];
  if (typeof value === 'string' && value !== '') return value;
  throw oauthError(400, 'invalid_request', `Missing [${name}] parameter value`);
}

async function registerByRfc7591(
  metadata: Record<string, unknown>,
  clients: Clients,
  now: () => number,
): Promise<{ content: ResponseContent; clientName: string }> {
  const redirectUris = readRedirectUris(metadata.redirect_uris);
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic';
  if (method !== 'none' && method !== 'client_secret_basic' && method !== 'client_secret_post') {
    throw invalidMetadata('token_endpoint_auth_method is none of those supported');
  }
  requireMember(metadata, 'grant_types', 'authorization_code');
  requireMember(metadata, 'response_types', 'code');
  const name = metadata.client_name;
  if (name !== undefined && typeof name !== 'string') throw invalidMetadata('client_name is not a text');
  const clientName = cleanText(name ?? 'a client without a name', NAME_LENGTH);
  const { client, secret } = await clients.add({
    name: clientName,
    redirectUris,
    isPublic: method === 'none',
    dialect: 'standard',
  });
  const issuedAt = Math.floor(now() / 1000);
  const content = jsonResponse(201, {
    client_id: client.id,
    ...(secret === null
      ? {}
      : {
          client_secret: secret,
          client_secret_expires_at: issuedAt + dialectOf(client).registrationMs / 1000,
        }),
    client_id_issued_at: issuedAt,
    client_name: clientName,
    redirect_uris: redirectUris,
    token_endpoint_auth_method: method,
    grant_types: ['authorization_code'],
    response_types: ['code'],
  });
  return { content, clientName };
}

function readRedirectUris(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_REDIRECT_URIS) {
    throw invalidRedirectUri('redirect_uris');
  }
  return value.map((uri: unknown) => {
    if (typeof uri !== 'string' || !isAcceptableRedirectUri(uri)) throw invalidRedirectUri('redirect_uris');
    return uri;
  });
}

function requireMember(metadata: Record<string, unknown>, name: string, member: string): void {
  const value = metadata[name];
  if (value === undefined) return;
  if (!Array.isArray(value) || !value.includes(member)) throw invalidMetadata(`${name} must hold ${member}`);
}

function invalidMetadata(description: string): Refusal {
  return oauthError(400, 'invalid_client_metadata', description);
}

/** `host`: the machine that the operator could allow; null where that would not help. */
function invalidRedirectUri(name: string, host: string | null = null): Refusal {
  const rule = `${name} must be https, or http to this machine, without fragment and user name`;
  const advice =
    host === null ? '' : `; the operator of this provider can allow it: --allow-redirect-host ${host}`;
  return oauthError(400, 'invalid_redirect_uri', rule + advice);
}
