// The token endpoint (RFC 6749 4.1.3 and 5; PROTOCOL 1.4): authenticates the client, and exchanges a code for a token.

import { jsonResponse, oauthError, type Refusal, type ResponseContent } from '../http/http.js';
import { type Client, type Clients, hasSecret } from './clients.js';
import { dialectOf } from './dialect.js';
import type { Grants } from './grants.js';
import { sha256Hex } from './hash.js';
import { mediaType, type Parameters, readJsonObject, readParameters } from './parameters.js';
import type { Tokens } from './tokens.js';

export interface TokenRequest {
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly query: string;
  readonly body: string;
}

export interface TokenContext {
  readonly clients: Clients;
  readonly grants: Grants;
  readonly tokens: Tokens;
  readonly resourceUrl: (serviceId: string) => string;
}

/**
 * Handles a token request, in JSON or form encoding. Refuses as RFC 6749 5.2 says: 401 `invalid_client` with
 * WWW-Authenticate, else 400 `invalid_request`, `invalid_grant`, `unsupported_grant_type`.
 */
export async function exchangeToken(
  request: TokenRequest,
  context: TokenContext,
): Promise<{ content: ResponseContent; client: Client; serviceId: string }> {
  const { client, parameters } = await authenticateRequest(request, context.clients);
  const grantType = parameters.get('grant_type');
  if (grantType === undefined) throw invalidRequest('grant_type is missing');
  if (grantType !== 'authorization_code') {
    throw oauthError(400, 'unsupported_grant_type', 'grant_type must be authorization_code');
  }
  const code = parameters.get('code');
  if (code === undefined) throw invalidRequest('code is missing');
  const { token, serviceId } = await context.grants.redeem({
    code,
    client,
    redirectUri: parameters.get('redirect_uri'),
    verifier: parameters.get('code_verifier'),
  });
  const content = jsonResponse(200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: context.tokens.lifeOf(client) / 1000,
    resource_url: context.resourceUrl(serviceId),
  });
  return { content, client, serviceId };
}

/** Revokes a token of the requesting client (RFC 7009). An unknown token, or another client's, is not an error (2.2). */
export async function revokeToken(request: TokenRequest, context: TokenContext): Promise<ResponseContent> {
  const { client, parameters } = await authenticateRequest(request, context.clients);
  const token = parameters.get('token');
  if (token === undefined) throw invalidRequest('token is missing');
  const grant = await context.tokens.find(token);
  if (grant?.client.id === client.id) await context.tokens.revokeKey(sha256Hex(token));
  return jsonResponse(200, {});
}

async function authenticateRequest(
  request: TokenRequest,
  clients: Clients,
): Promise<{ client: Client; parameters: Parameters }> {
  const isInQuery = request.query !== '' && request.body === '';
  // RFC 6749 2.3.1: addresses are logged, so credentials must not be in them.
  if (request.query !== '' && !isInQuery)
    throw invalidRequest('Parameters belong in the body, not in the address');
  const parameters = isInQuery
    ? readParameters(new URLSearchParams(request.query))
    : readTokenParameters(request);
  if (parameters.repeated.size > 0) throw invalidRequest('A parameter is repeated');
  const client = await authenticateClient(request.authorization, parameters, clients);
  if (isInQuery && !dialectOf(client).tokenRequestInQuery) {
    throw invalidRequest('Parameters belong in the body, not in the address');
  }
  return { client, parameters };
}

function readTokenParameters({ contentType, body }: TokenRequest): Parameters {
  switch (mediaType(contentType)) {
    case 'application/x-www-form-urlencoded':
      return readParameters(new URLSearchParams(body));
    case 'application/json': {
      const pairs = new URLSearchParams();
      for (const [name, value] of Object.entries(readJsonObject(body, 'invalid_request'))) {
        if (typeof value !== 'string') throw invalidRequest('Every parameter must be a text');
        pairs.append(name, value);
      }
      return readParameters(pairs);
    }
    default:
      throw invalidRequest('Content-Type must be application/x-www-form-urlencoded or application/json');
  }
}

async function authenticateClient(
  authorization: string | undefined,
  parameters: Parameters,
  clients: Clients,
): Promise<Client> {
  const bodyId = parameters.get('client_id');
  const bodySecret = parameters.get('client_secret');
  if (authorization === undefined) return checkClient(bodyId, bodySecret, clients);
  const basic = readBasic(authorization);
  // RFC 6749 2.3: only one method of authentication in each request.
  if (bodySecret !== undefined) throw invalidRequest('The client authenticates in two ways at once');
  if (bodyId !== undefined && bodyId !== basic.id)
    throw invalidRequest('client_id is not that of the header');
  return checkClient(basic.id, basic.secret, clients);
}

async function checkClient(
  id: string | undefined,
  secret: string | undefined,
  clients: Clients,
): Promise<Client> {
  const client = id === undefined ? undefined : await clients.find(id);
  if (client === undefined) throw invalidClient('The client is not known here');
  if (client.secretHash === null) return client;
  if (secret === undefined || !hasSecret(client, secret))
    throw invalidClient('The client secret is not right');
  return client;
}

/** RFC 6749 2.3.1: both parts are form-encoded before RFC 7617 joins them. */
function readBasic(authorization: string): { id: string; secret: string } {
  const match = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization);
  if (match?.[1] === undefined) throw invalidClient('The Authorization field is not of the Basic scheme');
  const pair = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) throw invalidClient('The Basic credentials have no colon');
  return { id: formDecode(pair.slice(0, colon)), secret: formDecode(pair.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidClient('The Basic credentials are not form-encoded');
  }
}

function invalidClient(description: string): Refusal {
  return oauthError(401, 'invalid_client', description, { 'WWW-Authenticate': 'Basic realm="bimservice"' });
}

function invalidRequest(description: string): Refusal {
  return oauthError(400, 'invalid_request', description);
}
