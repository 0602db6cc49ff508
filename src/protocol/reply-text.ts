// Small replies of registerUrl and tokenUrl, read tolerantly. A body is never shown, because it may hold a secret; of an
// unreadable one a person hears only status, type, length and host (CASES B053, B055).

import { BimServiceError, type ErrorCode } from '../errors.js';
import { redact } from '../secret.js';
import { objectOf } from './json-object.js';
import { cleanText } from './text.js';

/** A POST whose body is sent with exactly the headers given here. */
export interface PostRequest {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A reply that was read whole. */
export interface WholeReply {
  status: number;
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  body: Uint8Array;
}

/** The members of a JSON object or the pairs of a form; of duplicates the last (CASES B056). */
export type ReplyFields = ReadonlyMap<string, unknown>;

/** An error reply of RFC 6749 5.2, cleaned for people; `error` is the name as a program compares it. */
export interface OAuthError {
  error: string;
  description: string | null;
}

/** The request a reply belongs to, for messages. */
export interface Exchange {
  phase: 'register' | 'token';
  url: string;
}

const SUBJECT = { register: 'registration', token: 'token' } as const;

/** The first value of a header field, or null. Names are compared without case. */
export function headerValue(reply: WholeReply, name: string): string | null {
  const field = reply.headers.find(([fieldName]) => fieldName.toLowerCase() === name);
  return field?.[1] ?? null;
}

/** The body as text, without a byte order mark. */
export function bodyText(reply: WholeReply): string {
  return new TextDecoder('utf-8').decode(reply.body);
}

/**
 * The fields of a reply: a JSON object whatever Content-Type says (PROTOCOL 1.2), or a well-formed form where the type
 * does not forbid it (CASES B046). Null when it is neither.
 */
export function readFields(reply: WholeReply): ReplyFields | null {
  const text = bodyText(reply).trim();
  try {
    const value = objectOf(JSON.parse(text));
    return value === null ? null : new Map(Object.entries(value));
  } catch {
    const mayBeForm = /^(application\/x-www-form-urlencoded|text\/plain|)\s*(;|$)/i;
    if (!mayBeForm.test(headerValue(reply, 'content-type') ?? '')) return null;
    // Half a form is a broken reply, not a token: every pair must be whole (B055).
    return /^[\w.-]+=[^&=\s]*=*(&[\w.-]+=[^&=\s]*=*)*$/.test(text)
      ? new Map(new URLSearchParams(text))
      : null;
  }
}

/** A field as non-empty text; a number counts as its digits. Null otherwise. */
export function textField(fields: ReplyFields, name: string): string | null {
  const value = fields.get(name);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The OAuth error of a reply, or null. */
export function oauthErrorOf(fields: ReplyFields | null): OAuthError | null {
  const error = fields?.get('error');
  if (fields === null || typeof error !== 'string' || error === '') return null;
  const description = textField(fields, 'error_description');
  return { error, description: description === null ? null : cleanText(redact(description), 160) };
}

/** True for a 200 or a relative of it without a single character: BIMserver's way of failing (PROTOCOL 1.2, 1.4). */
export function isEmptySuccess(reply: WholeReply): boolean {
  return isSuccess(reply) && bodyText(reply).trim() === '';
}

/** True for any 2xx. */
export function isSuccess(reply: WholeReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** An absolute http(s) address without user information or control characters, else null; `""` is null. */
export function httpAddress(value: unknown): string | null {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s\p{Cc}\\]+$/iu.test(value) || !URL.canParse(value))
    return null;
  const url = new URL(value);
  return url.username === '' && url.password === '' ? value : null;
}

/**
 * The error for a reply that gives nothing: a redirect (never followed, CASES B061), a refusal, a server failure, or a
 * success that is not what was asked for. `missing` names the field that a readable success lacks.
 */
export function replyError(reply: WholeReply, exchange: Exchange, missing: string): BimServiceError {
  const host = new URL(exchange.url).host;
  const subject = SUBJECT[exchange.phase];
  const details = { phase: exchange.phase, hint: adviceFor(reply.status, exchange) };
  if (reply.status >= 300 && reply.status < 400) {
    const message = `${host} redirected the ${subject} request to ${redirectTarget(reply, exchange.url)} (status ${reply.status})`;
    const hint = `Check ${exchange.phase === 'register' ? 'registerUrl' : 'tokenUrl'} in the repository: such a request is never sent on to another address.`;
    return new BimServiceError('unexpected-redirect', message, { ...details, hint });
  }
  const fields = readFields(reply);
  const oauth = oauthErrorOf(fields);
  const facts = `status ${reply.status}, ${describeType(reply)}, ${reply.body.byteLength} bytes`;
  if (oauth !== null) {
    const reason = oauth.description === null ? '' : ` (${oauth.description})`;
    const message = `${host} refused the ${subject} request with status ${reply.status}: ${cleanText(redact(oauth.error), 60)}${reason}`;
    return new BimServiceError(codeFor(reply.status, exchange, true), message, details);
  }
  const code = codeFor(reply.status, exchange, false);
  if (!isSuccess(reply))
    return new BimServiceError(code, `${host} answered the ${subject} request with ${facts}`, details);
  const what = fields === null ? 'something that is not a JSON object' : `JSON without ${missing}`;
  const hint =
    fields === null
      ? 'A login page, a proxy or a captive portal may have answered in its place.'
      : details.hint;
  const message = `${host} answered the ${subject} request with ${what} (${facts})`;
  return new BimServiceError(code, message, { ...details, hint });
}

/** What a person can do about a status (RFC 9110 15), or about a success that holds nothing. */
function adviceFor(status: number, { phase }: Exchange): string {
  const field = phase === 'register' ? 'registerUrl' : 'tokenUrl';
  if (status === 408 || status === 429 || status >= 500) return 'Try again later, or ask the provider.';
  if (status === 404 || status === 405 || status === 410 || status === 206)
    return `Check ${field} in the repository.`;
  if (phase === 'token' && (status <= 401 || status === 403))
    return `Authorize the service again; if that does not help, check ${field} in the repository.`;
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

function describeType(reply: WholeReply): string {
  const type = headerValue(reply, 'content-type');
  return type === null || type.trim() === '' ? 'no content type' : cleanText(type, 60);
}

function redirectTarget(reply: WholeReply, base: string): string {
  const location = headerValue(reply, 'location');
  if (location === null || !URL.canParse(location, base)) return 'nowhere';
  return cleanText(new URL(location, base).host, 100) || 'an address without a host';
}
