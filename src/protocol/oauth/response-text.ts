// Reads the small responses of registerUrl and tokenUrl tolerantly. A body is never shown, because it may hold a secret.
// A message about an unreadable body has only its status, type, length and host (CASES B053, B055).

import { BimServiceError, type ErrorCode } from '../../errors.js';
import { redact } from '../../secret.js';
import { cleanText } from '../text/clean-text.js';
import { type HeaderFields, headerValue } from '../text/headers.js';
import { objectOf } from '../text/json-object.js';

/** A POST whose body is sent with exactly these headers. */
export interface PostRequest {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A response whose body was read completely. */
export interface WholeResponse {
  status: number;
  headers: HeaderFields;
  body: Uint8Array;
}

/** The members of a JSON object or the pairs of a form; the last of duplicates wins (CASES B056). */
export type ResponseFields = ReadonlyMap<string, unknown>;

/** An error response of RFC 6749 5.2, cleaned for people; `error` is the name for programs to compare. */
export interface OAuthError {
  error: string;
  description: string | null;
}

/** The request that a response belongs to, for messages. */
export interface Exchange {
  phase: 'register' | 'token';
  url: string;
}

const SUBJECT = { register: 'registration', token: 'token' } as const;

/** The body as text, without a byte order mark. */
export function bodyText(response: WholeResponse): string {
  return new TextDecoder('utf-8').decode(response.body);
}

/**
 * The fields of a response: of a JSON object, for any Content-Type (PROTOCOL 1.2), or of a well-formed form when the
 * Content-Type does not exclude it (CASES B046). Null when it is neither.
 */
export function readFields(response: WholeResponse): ResponseFields | null {
  const text = bodyText(response).trim();
  try {
    const value = objectOf(JSON.parse(text));
    return value === null ? null : new Map(Object.entries(value));
  } catch {
    const mayBeForm = /^(application\/x-www-form-urlencoded|text\/plain|)\s*(;|$)/i;
    if (!mayBeForm.test(headerValue(response.headers, 'content-type') ?? '')) return null;
    const form = formIn(text);
    return form === null || repeatsName(form) ? null : new Map(form);
  }
}

/** Parameters that a server may write without a value. Any other word without one is a sign of a broken response. */
const MAY_BE_BARE = /^(scope|state|token_type|expires_in|refresh_token|id_token|resource_url|soid|poid)$/;

/**
 * The pairs of a form that is complete (B055), also as careless servers write it: with an `&` at the end, with a blank
 * that is not encoded, or with a name alone. Null when the text is no form.
 */
function formIn(text: string): URLSearchParams | null {
  const pairs = text.split('&').filter((pair) => pair !== '');
  const isPair = (pair: string) => /^[\w.-]+=[^=\r\n\t]*=*$/.test(pair) || MAY_BE_BARE.test(pair);
  return pairs.some((pair) => pair.includes('=')) && pairs.every(isPair)
    ? new URLSearchParams(pairs.join('&'))
    : null;
}

function repeatsName(form: URLSearchParams): boolean {
  return new Set(form.keys()).size < form.size;
}

/** A field as non-empty text; a number counts as its digits. Null otherwise. */
export function textField(fields: ResponseFields, name: string): string | null {
  const value = fields.get(name);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * Why the id or the token in a field cannot be used, as the rest of a sentence; null when it can, or is not there. These
 * are strings (RFC 6749 A): a large number has lost digits when JSON is read, and a blank or a control character is a
 * mistake of the server.
 */
export function credentialProblem(fields: ResponseFields, name: string): string | null {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? null : 'is a number that JSON cannot carry exactly';
  if (typeof value !== 'string') return 'is not text';
  return /[\s\p{Cc}]/u.test(value) ? 'has a blank or a control character in it' : null;
}

/** The OAuth error of a response, or null. Some servers describe it in an object instead of a name. */
export function oauthErrorOf(fields: ResponseFields | null): OAuthError | null {
  const error = fields?.get('error');
  const object = objectOf(error);
  if (fields === null || (object === null && (typeof error !== 'string' || error === ''))) return null;
  if (object === null) return oauthError(String(error), textField(fields, 'error_description'));
  const first = (...names: string[]) =>
    names.map((name) => object[name]).find((text) => typeof text === 'string' && text !== '');
  const description = first('error_description', 'description', 'message', 'reason');
  return oauthError(
    String(first('error', 'code', 'type', 'status') ?? 'error'),
    description === undefined ? null : String(description),
  );
}

function oauthError(error: string, description: string | null): OAuthError {
  return { error, description: description === null ? null : cleanText(redact(description), 160) };
}

/** True for a 2xx response with an empty body: BIMserver reports failures like that (PROTOCOL 1.2, 1.4). */
export function isEmptySuccess(response: WholeResponse): boolean {
  return isSuccess(response) && bodyText(response).trim() === '';
}

/** True for any 2xx. */
export function isSuccess(response: WholeResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

/**
 * The error for a response that cannot be used: a redirect (never followed, CASES B061), a refusal, a server failure, or
 * a success with the wrong content. `missing` names the field that is absent from a readable success.
 */
export function responseError(response: WholeResponse, exchange: Exchange, missing: string): BimServiceError {
  const host = new URL(exchange.url).host;
  const subject = SUBJECT[exchange.phase];
  const details = { phase: exchange.phase, hint: adviceFor(response.status, exchange) };
  if (response.status >= 300 && response.status < 400) {
    const message = `${host} redirected the ${subject} request to ${redirectTarget(response, exchange.url)} (status ${response.status})`;
    const hint = `Check ${exchange.phase === 'register' ? 'registerUrl' : 'tokenUrl'} in the repository: bimservice does not send such a request to another address.`;
    return new BimServiceError('unexpected-redirect', message, { ...details, hint });
  }
  const fields = readFields(response);
  const oauth = oauthErrorOf(fields);
  const facts = `status ${response.status}, ${describeType(response)}, ${response.body.byteLength} bytes`;
  if (oauth !== null) {
    const reason = oauth.description === null ? '' : ` (${oauth.description})`;
    const message = `${host} refused the ${subject} request with status ${response.status}: ${cleanText(redact(oauth.error), 60)}${reason}`;
    return new BimServiceError(codeFor(response.status, exchange, true), message, details);
  }
  const code = codeFor(response.status, exchange, false);
  if (!isSuccess(response))
    return new BimServiceError(code, `${host} responded to the ${subject} request with ${facts}`, details);
  const repeats = repeatsName(formIn(bodyText(response).trim()) ?? new URLSearchParams());
  const nothing = repeats ? 'a form that repeats a parameter' : 'something that is not a JSON object';
  const what = fields === null ? nothing : `JSON without ${missing}`;
  const hint =
    fields === null ? 'A login page, a proxy or a captive portal may have responded instead.' : details.hint;
  const message = `${host} responded to the ${subject} request with ${what} (${facts})`;
  return new BimServiceError(code, message, { ...details, hint });
}

/** What a person can do about a status (RFC 9110 15), or about a success without content. */
function adviceFor(status: number, { phase }: Exchange): string {
  const field = phase === 'register' ? 'registerUrl' : 'tokenUrl';
  if (status === 408 || status === 429 || status >= 500) return 'Try again later, or ask the provider.';
  if (status === 404 || status === 405 || status === 410 || status === 206)
    return `Check ${field} in the repository.`;
  if (phase === 'token' && (status <= 401 || status === 403))
    return `Authorize the service again (bimservice authorize SERVICE); if that does not help, check ${field} in the repository.`;
  if (status === 401 || status === 403)
    return 'This server registers only clients that it knows: ask the provider.';
  return `Ask the provider, or check ${field} in the repository.`;
}

function codeFor(status: number, exchange: Exchange, isOAuthError: boolean): ErrorCode {
  if (status >= 500) return 'service-failed';
  if (status === 401 || status === 403) return exchange.phase === 'token' ? 'token-refused' : 'access-denied';
  if (isOAuthError) return exchange.phase === 'token' && status <= 400 ? 'token-refused' : 'service-refused';
  return status >= 400 ? 'service-refused' : 'service-nonsense';
}

function describeType(response: WholeResponse): string {
  const type = headerValue(response.headers, 'content-type');
  return type === null || type.trim() === '' ? 'no content type' : cleanText(type, 60);
}

function redirectTarget(response: WholeResponse, base: string): string {
  const location = headerValue(response.headers, 'location');
  if (location === null || !URL.canParse(location, base)) return 'nowhere';
  return cleanText(new URL(location, base).host, 100) || 'an address without a host';
}
