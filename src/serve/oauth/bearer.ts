// Checks the bearer token at the address of a service (RFC 6750 2.1 and 3).

import { oauthError, type Refusal } from '../http/http.js';
import type { Grant, Tokens } from './tokens.js';

export interface BearerRequest {
  /** Every Authorization header of the request. */
  readonly authorization: readonly string[];
  /** Every Token header: BIMserver's clients send only the token (PROTOCOL 1.5). Read when there is no Authorization. */
  readonly tokenField: readonly string[];
  readonly query: string;
  readonly serviceId: string;
}

/**
 * The grant of a request. Refuses with 401 and a plain challenge when there is no bearer token, with 401 `invalid_token`
 * when it is not valid for this service, and with 400 `invalid_request` when it is sent in a wrong way.
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
    // RFC 6750 3.1: no error code when the client may not know that authentication is needed.
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
