// Taking a token back at the server (RFC 7009), where its metadata (RFC 8414) says that it can be done.
import type { Secret } from '../secret.js';
import { type PostRequest, readFields, textField, type WholeReply } from './reply-text.js';
import { credentialsOf, type TokenClient } from './token.js';

/** Where a server may describe itself, best first: RFC 8414 3, OpenID Connect Discovery 4. */
export function metadataAddresses(tokenUrl: string): string[] {
  const { origin } = new URL(tokenUrl);
  return [`${origin}/.well-known/oauth-authorization-server`, `${origin}/.well-known/openid-configuration`];
}

/** The `revocation_endpoint` of a metadata document; null where there is none, or where it is of another origin. */
export function revocationEndpoint(reply: WholeReply, tokenUrl: string): string | null {
  if (reply.status !== 200) return null;
  const fields = readFields(reply);
  const endpoint = fields === null ? null : textField(fields, 'revocation_endpoint');
  if (endpoint === null || !URL.canParse(endpoint)) return null;
  return new URL(endpoint).origin === new URL(tokenUrl).origin ? endpoint : null;
}

/** The request of RFC 7009 2.1. */
export function revocationRequest(
  url: string,
  token: Secret,
  hint: 'access_token' | 'refresh_token',
  client: TokenClient,
): PostRequest {
  const { headers, parameters } = credentialsOf(client);
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json', ...headers },
    body: new URLSearchParams({ token: token.reveal(), token_type_hint: hint, ...parameters }).toString(),
  };
}
