// Revokes a token at the server (RFC 7009), when its metadata (RFC 8414) says that it supports this.
import type { Secret } from '../../secret.js';
import type { PostRequest } from './response-text.js';
import { clientRequest, type TokenClient } from './token.js';

/** The request of RFC 7009 2.1. */
export function revocationRequest(
  url: string,
  token: Secret,
  hint: 'access_token' | 'refresh_token',
  client: TokenClient,
): PostRequest {
  const parameters = { token: token.reveal(), token_type_hint: hint };
  return clientRequest(url, client, parameters, 'form');
}
