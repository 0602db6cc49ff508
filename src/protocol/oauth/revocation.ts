// Revokes a token at the server (RFC 7009), when its metadata (RFC 8414) says that it supports this.
import { BimServiceError } from '../../errors.js';
import { redact, type Secret } from '../../secret.js';
import { cleanText } from '../text/clean-text.js';
import {
  type OAuthError,
  oauthErrorOf,
  type PostRequest,
  readFields,
  type WholeResponse,
} from './response-text.js';
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

/** Reads the response to a revocation at `url`: the error of a server that did not revoke (RFC 7009 2.2), or null. */
export function revocationRefusal(
  response: WholeResponse,
  url: string,
): { error: BimServiceError; oauth: OAuthError | null } | null {
  const { status } = response;
  if (status === 200) return null;
  const oauth = oauthErrorOf(readFields(response));
  const reason = oauth === null ? '' : ` (${cleanText(redact(oauth.error), 60)})`;
  const message = `${new URL(url).host} did not revoke the token: status ${status}${reason}`;
  return { error: new BimServiceError(status >= 500 ? 'service-failed' : 'service-refused', message), oauth };
}
