// The bearer check at a service's address (RFC 6750 2.1 and 3).

import { oauthError, type Refusal } from '../http/http.js';
import type { Grant, Tokens } from './tokens.js';

export interface BearerRequest {
  /** Every Authorization field of the request. */
  readonly authorization: readonly string[];
  /** Every Token field: BIMserver's clients send the token alone (PROTOCOL 1.5). Read where there is no Authorization. */
  readonly tokenField: readonly string[];
  readonly query: string;
  readonly serviceId: string;
}

/**
 * The grant behind a request. Refuses with 401 and a bare challenge where there is no bearer token at all, 401
 * `invalid_token` where it is not good for this service, 400 `invalid_request` where it is sent wrongly.
 */
export async function checkBearer(
  { authorization, tokenField, query, serviceId }: BearerRequest,
  tokens: Tokens,
): Promise<Grant & { token: string }> {
  if (new URLSearchParams(query).has('access_token')) {
    throw refuse(400, 'invalid_request', 'The access token belongs in the Authorization field');
  }
  const [field, ...others] =
    authorization.length === 0 ? tokenField.map((value) => `Bearer ${value.trim()}`) : authorization;
  if (others.length > 0)
    throw refuse(400, 'invalid_request', 'There is more than one Authorization or Token field');
  if (field === undefined || !/^bearer(?: |$)/i.test(field)) {
    // RFC 6750 3.1: no error code where the client may not know that authentication is needed.
    throw oauthError(401, 'unauthorized', 'A bearer token is needed', { 'WWW-Authenticate': challenge() });
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(field)?.[1];
  if (token === undefined) throw refuse(400, 'invalid_request', 'The bearer token is malformed');
  const grant = await tokens.find(token);
  if (grant === undefined)
    throw refuse(401, 'invalid_token', 'The access token is unknown, expired or revoked');
  if (grant.serviceId !== serviceId) {
    throw refuse(401, 'invalid_token', 'The access token was issued for another service');
  }
  return { ...grant, token };
}

function refuse(status: number, error: string, description: string): Refusal {
  const field = `${challenge()}, error="${error}", error_description="${description}"`;
  return oauthError(status, error, description, { 'WWW-Authenticate': field });
}

function challenge(): string {
  return 'Bearer realm="bimservice"';
}
