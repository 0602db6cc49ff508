// Step 3, the token: the request in both encodings, and the response (PROTOCOL 1.4; RFC 6749 4.1.3, 5, 6).

import { BimServiceError } from '../../errors.js';
import { Secret } from '../../secret.js';
import { httpAddress } from '../repository/addresses.js';
import { cleanText } from '../text/clean-text.js';
import { isVisibleWord } from '../text/headers.js';
import { tokenExpiry } from './lifetimes.js';
import {
  credentialProblem,
  type Exchange,
  isEmptySuccess,
  oauthErrorOf,
  type PostRequest,
  type ResponseFields,
  readFields,
  responseError,
  textField,
  type WholeResponse,
} from './response-text.js';

export type TokenGrant =
  | { type: 'authorization_code'; code: Secret; redirectUri: string; codeVerifier: Secret | null }
  | { type: 'refresh_token'; refreshToken: Secret }
  | { type: 'device_code'; deviceCode: Secret };

/** `grant_type` in the request (RFC 6749 4.1.3, 6; RFC 8628 3.4). */
export const GRANT_TYPES = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
} as const satisfies Record<TokenGrant['type'], string>;

/** How a client authenticates at tokenUrl (RFC 7591 2, `token_endpoint_auth_method`). */
export type TokenAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post';

export interface TokenClient {
  clientId: string;
  /** Null: not sent, not even as an empty value (CASES B038). */
  clientSecret: Secret | null;
  /** Absent: the secret is sent in the body, as BIM bots do (CASES B062). */
  tokenAuthMethod?: TokenAuthMethod;
}

/** What a token response contains. Times are epoch ms by our own clock. */
export interface ObtainedToken {
  accessToken: Secret;
  refreshToken: Secret | null;
  expiresAt: number | null;
  obtainedAt: number;
  resourceUrl: string | null;
  /** The websocket for asynchronous runs, as the server announced it at the authorization (PROTOCOL 1.3). */
  websocketUrl?: string;
  /** The service accepted the token in the `Token` header and not in `Authorization` (PROTOCOL 1.5). */
  sendAs?: 'Token';
}

export type TokenResponse =
  /** `notes` are debug lines about fields that could not be read. */
  | { kind: 'token'; token: ObtainedToken; notes: string[] }
  /**
   * `oauthError` is the name of RFC 6749 5.2, for example `invalid_client`; null when the server gave none.
   * `maybeEncoding`: the request may succeed in the other encoding.
   */
  | { kind: 'refused'; error: BimServiceError; oauthError: string | null; maybeEncoding: boolean };

/** The request to tokenUrl. The secret is in the body or in Basic, never in both (CASES B062). */
export function tokenRequest(
  encoding: 'json' | 'form',
  request: { url: string; grant: TokenGrant; client: TokenClient },
): PostRequest {
  const { client, grant, url } = request;
  const parameters = { grant_type: GRANT_TYPES[grant.type], ...grantParameters(grant) };
  return clientRequest(url, client, parameters, encoding);
}

/** A POST of `client` to its OAuth server: the parameters with the credentials of the client, in a form or as JSON. */
export function clientRequest(
  url: string,
  client: TokenClient,
  parameters: Record<string, string>,
  encoding: 'json' | 'form',
): PostRequest {
  const credentials = credentialsOf(client);
  const all = { ...parameters, ...credentials.parameters };
  // BIMserver compares the whole header: with a charset parameter it responds 405 (CASES B049).
  const contentType = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  const headers = { 'Content-Type': contentType, Accept: 'application/json', ...credentials.headers };
  const body = encoding === 'json' ? JSON.stringify(all) : new URLSearchParams(all).toString();
  return { method: 'POST', url, headers, body };
}

/** How a client authenticates at an endpoint: in the body, or in Basic, never in both (RFC 6749 2.3.1, CASES B062). */
function credentialsOf(client: TokenClient): {
  headers: Record<string, string>;
  parameters: Record<string, string>;
} {
  const secret = client.tokenAuthMethod === 'none' ? null : client.clientSecret;
  if (secret !== null && client.tokenAuthMethod === 'client_secret_basic') {
    const pair = `${formEncoded(client.clientId)}:${formEncoded(secret.reveal())}`;
    return { headers: { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, parameters: {} };
  }
  const parameters = {
    client_id: client.clientId,
    ...(secret === null ? {} : { client_secret: secret.reveal() }),
  };
  return { headers: {}, parameters };
}

function grantParameters(grant: TokenGrant): Record<string, string> {
  if (grant.type === 'refresh_token') return { refresh_token: grant.refreshToken.reveal() };
  if (grant.type === 'device_code') return { device_code: grant.deviceCode.reveal() };
  return {
    code: grant.code.reveal(),
    redirect_uri: grant.redirectUri,
    ...(grant.codeVerifier === null ? {} : { code_verifier: grant.codeVerifier.reveal() }),
  };
}

/** One value in `application/x-www-form-urlencoded`, as RFC 6749 2.3.1 requires inside Basic. */
function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

/**
 * Reads the response to `tokenRequest`; never throws.
 * @param context `encoding`: of the request. `previousRefreshToken` is kept when the response has no new one (RFC 6749
 *   6, CASES B059).
 * @returns errors with `token-refused` (OAuth errors, 401, 403, an empty 200), `service-refused`, `service-failed`,
 *   `service-nonsense` or `unexpected-redirect`.
 */
export function readTokenResponse(
  response: WholeResponse,
  context: {
    url: string;
    now: number;
    previousRefreshToken: Secret | null;
    encoding: 'json' | 'form';
  },
): TokenResponse {
  const fields = readFields(response);
  // A server that fails says nothing about the grant or the client, for any body.
  const oauthError = response.status >= 500 ? null : (oauthErrorOf(fields)?.error ?? null);
  const host = new URL(context.url).host;
  if (isEmptySuccess(response)) {
    const error = new BimServiceError('token-refused', `${host}: token response was empty (code refused?)`, {
      phase: 'token',
      hint: 'Authorize the service again: bimservice authorize SERVICE',
    });
    return { kind: 'refused', error, oauthError: null, maybeEncoding: true };
  }
  const accessToken = fields === null ? null : textField(fields, 'access_token');
  const isGranted = (response.status === 200 || response.status === 201) && oauthError === null;
  if (fields === null || accessToken === null || !isGranted) {
    const exchange: Exchange = { phase: 'token', url: context.url };
    const error = responseError(response, exchange, 'access_token');
    return {
      kind: 'refused',
      error,
      oauthError,
      maybeEncoding: mayNeedOtherEncoding(response.status, oauthError, context.encoding),
    };
  }
  const problem = credentialProblem(fields, 'access_token');
  if (problem !== null) return unusable(`${host} issued an access token that ${problem}`);
  // The token goes into a header: anything but visible ASCII (RFC 6749 A.12) would break or forge a header.
  if (!isVisibleWord(accessToken)) {
    return unusable(`${host} issued an access token with characters that a header cannot carry`);
  }
  const type = fields.get('token_type') ?? 'Bearer';
  if (typeof type !== 'string' || !/^bearer$/i.test(type)) {
    const shown = typeof type === 'string' ? `"${cleanText(type, 30)}"` : 'that is not text';
    return unusable(`${host} issued a token of a type ${shown}; only Bearer tokens can be used`);
  }
  return granted(fields, new Secret(accessToken), context);
}

/** Errors of a server that understood the request (RFC 6749 5.2; RFC 8628 3.5). */
const UNDERSTOOD = [
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'authorization_pending',
  'slow_down',
  'expired_token',
  'access_denied',
];

function mayNeedOtherEncoding(status: number, oauthError: string | null, encoding: 'json' | 'form'): boolean {
  if (status === 400) return !UNDERSTOOD.includes(oauthError ?? '');
  if (status === 200 || status === 401) {
    // A server that reads forms only finds no parameters in JSON, and so neither a grant nor a client.
    const isMissed = oauthError === 'invalid_client' && status === 401 && encoding === 'json';
    return isMissed || oauthError === 'invalid_request';
  }
  return [405, 406, 415, 422].includes(status);
}

function granted(
  fields: ResponseFields,
  accessToken: Secret,
  context: { now: number; previousRefreshToken: Secret | null },
): TokenResponse {
  const notes: string[] = [];
  const expiresAt = tokenExpiry(fields.get('expires_in'), context.now);
  if (expiresAt === null && fields.has('expires_in'))
    notes.push('expires_in of the token response is not usable: lifetime unknown');
  const givenAddress = fields.get('resource_url') ?? '';
  const resourceUrl = httpAddress(givenAddress);
  if (resourceUrl === null && givenAddress !== '') {
    notes.push('resource_url of the token response is not an absolute http(s) address: ignored');
  }
  const refreshProblem = credentialProblem(fields, 'refresh_token');
  if (refreshProblem !== null) notes.push(`the refresh token ${refreshProblem}: ignored`);
  const refreshToken = refreshProblem === null ? textField(fields, 'refresh_token') : null;
  return {
    kind: 'token',
    token: {
      accessToken,
      refreshToken: refreshToken === null ? context.previousRefreshToken : new Secret(refreshToken),
      expiresAt,
      obtainedAt: context.now,
      resourceUrl,
    },
    notes,
  };
}

function unusable(message: string): TokenResponse {
  const error = new BimServiceError('service-nonsense', message, { phase: 'token' });
  return { kind: 'refused', error, oauthError: null, maybeEncoding: false };
}
