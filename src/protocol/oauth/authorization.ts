// Step 2, authorization: the address that a person opens, the state that shows that a response belongs to this login,
// and the response itself, from a callback or pasted (PROTOCOL 1.3; RFC 6749 4.1, RFC 7636, RFC 9207).

import { createHash, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../secret.js';
import { httpAddress } from '../repository/addresses.js';
import { cleanText } from '../text/clean-text.js';
import { before, trimEndOf } from '../text/cut.js';
import { isVisibleWord } from '../text/headers.js';
import { unwrapped, unwrappedAddress } from '../text/unwrap.js';

/** The response of the service, received through the browser. */
export type AuthorizationResponse =
  | {
      kind: 'code';
      code: Secret;
      /** BIMserver's `serviceaddress` and `soid`, joined; null when not sent. The token response's resource_url wins. */
      resourceUrl: string | null;
      /** Sent by BIMserver; absent when not sent. */
      websocketUrl?: string;
      /** The `iss` of RFC 9207, as sent; null when not sent. */
      issuer: string | null;
      /** False for a code that was pasted alone, without the rest of its response. */
      isWhole: boolean;
    }
  /** `error` is a name of RFC 6749 4.1.2.1; both texts are cleaned. */
  | { kind: 'error'; error: string; description: string | null; issuer: string | null }
  | { kind: 'nothing' };

export type PastedResponse =
  | AuthorizationResponse
  /** From BIMserver's SHOW_CODE page: what the page calls a service token is used unchanged (PROTOCOL 1.3). */
  | { kind: 'token'; token: Secret; resourceUrl: string }
  /** An address from another login. */
  | { kind: 'wrong-state' }
  /** An address with a parameter that must not come twice. */
  | { kind: 'repeated' };

/** The address to open. It always has S256 PKCE. A query that the endpoint already has is kept. */
export function authorizationUrl(request: {
  endpoint: string;
  clientId: string;
  redirectUri: string;
  state: string;
  codeChallenge: string;
  /** Null: the server chooses (RFC 6749 3.3). */
  scope: string | null;
}): URL {
  const url = new URL(request.endpoint);
  const parameters = new URLSearchParams(url.search);
  parameters.set('auth_type', 'service');
  parameters.set('client_id', request.clientId);
  parameters.set('response_type', 'code');
  parameters.set('redirect_uri', request.redirectUri);
  parameters.set('state', request.state);
  parameters.set('code_challenge', request.codeChallenge);
  parameters.set('code_challenge_method', 'S256');
  if (request.scope !== null) {
    parameters.set('scope', request.scope);
    // OpenID Connect Core 11: without it a server ignores the request for a refresh token.
    if (request.scope.split(' ').includes('offline_access')) parameters.set('prompt', 'consent');
  }
  // Only form decoders read a plus as a blank; pages that call decodeURIComponent would keep the plus.
  url.search = parameters.toString().replaceAll('+', '%20');
  url.hash = '';
  return url;
}

/** The S256 code challenge (RFC 7636 4.2) of a verifier, base64url. */
export function pkceChallenge(verifier: Secret): string {
  return createHash('sha256').update(verifier.reveal()).digest('base64url');
}

/**
 * The state: JSON with the service's name, which bimviews reads, and our nonce (base64url). Characters that a faulty
 * redirect loses (`& # + %` and similar, and all that is not ASCII) are written as `\uXXXX`.
 */
export function makeState(serviceName: string, nonce: string): string {
  const json = JSON.stringify({ _serviceName: serviceName, nonce });
  return json.replace(/[&#+%;=\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/**
 * The nonce of a returned state. The state may be percent-encoded once or twice more, or be an array of the same state
 * (PROTOCOL 1.3). Null when there is no nonce, or when there are different ones.
 */
export function nonceOf(state: string): string | null {
  let text = state;
  for (let layer = 0; layer < 3; layer += 1) {
    const nonces = new Set(statesIn(text).map(nonceField));
    const [nonce] = nonces;
    if (nonces.size === 1 && typeof nonce === 'string') return nonce;
    text = percentDecoded(text);
  }
  return null;
}

/** True when a callback has at least one `state` and every `state` has our nonce. Compares in constant time. */
export function isOurState(parameters: URLSearchParams, nonce: string): boolean {
  const states = parameters.getAll('state');
  return states.length > 0 && states.every((state) => isSame(nonceOf(state) ?? '', nonce));
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function statesIn(text: string): unknown[] {
  // Brackets make JSON of `{…},{…}`, which is how JavaScript prints an array of two objects.
  return parseJson(`[${text}]`)
    .flat()
    .flatMap((state: unknown) => (typeof state === 'string' ? parseJson(`[${state}]`) : [state]));
}

function parseJson(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function nonceField(state: unknown): unknown {
  return typeof state === 'object' && state !== null && 'nonce' in state ? state.nonce : undefined;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A parameter that the response must not have more than once (RFC 6749 3.1): two values would let each reader pick one. */
const SINGLE = ['code', 'error', 'iss'];

/** True when a parameter comes more than once. The same state twice is not ambiguous: bimviews does that (PROTOCOL 1.3). */
export function repeatsParameter(parameters: URLSearchParams): boolean {
  const nonces = new Set(parameters.getAll('state').map((state) => nonceOf(state) ?? state));
  return nonces.size > 1 || SINGLE.some((name) => parameters.getAll(name).length > 1);
}

/** Why a callback is not the response to this login, as far as it can be seen without the state. */
export function strayKind(parameters: URLSearchParams): 'repeated' | 'denied-without-state' | 'other' {
  if (repeatsParameter(parameters)) return 'repeated';
  return parameters.has('error') && !parameters.has('state') ? 'denied-without-state' : 'other';
}

/** Reads the parameters of a callback whose state is ours. Ignores unknown parameters (CASES B020). */
export function readCallback(parameters: URLSearchParams): AuthorizationResponse {
  const issuer = parameters.get('iss') || null;
  const error = parameters.get('error');
  if (error) {
    const description = parameters.get('error_description');
    return {
      kind: 'error',
      error: cleanText(error, 60),
      description: description ? cleanText(description, 160) : null,
      issuer,
    };
  }
  const code = parameters.get('code');
  if (!code) return { kind: 'nothing' };
  const websocketUrl = parameters.get('websocketUrl');
  return {
    kind: 'code',
    code: new Secret(code),
    resourceUrl: callbackResourceUrl(parameters),
    ...(websocketUrl ? { websocketUrl } : {}),
    issuer,
    isWhole: true,
  };
}

function callbackResourceUrl(parameters: URLSearchParams): string | null {
  const address = httpAddress(parameters.get('serviceaddress'));
  const soid = parameters.get('soid');
  if (address === null || soid === null || !/^\d+$/.test(soid)) return address;
  const url = new URL(address);
  const path = trimEndOf(url.pathname, '/');
  url.pathname = path.endsWith(`/${soid}`) ? path : `${path}/${soid}`;
  return url.href;
}

/**
 * Reads what a person pasted: a bare code, an address (or a line that contains one) with `code=` or `error=`, or the
 * two texts of BIMserver's SHOW_CODE page in any order. A state in an address must be ours. A missing state is
 * accepted, because the person chose what to paste.
 */
export function readPasted(text: string, nonce: string): PastedResponse {
  const words = unwrappedAddress(text).split(/\s+/).map(unwrapped);
  const withResponse = words.find((word) => /(^|[?&])(code|error)=/.test(word));
  if (withResponse !== undefined) {
    const query = before(withResponse.slice(withResponse.indexOf('?') + 1), '#');
    const parameters = new URLSearchParams(query);
    if (repeatsParameter(parameters)) return { kind: 'repeated' };
    if (parameters.has('state') && !isOurState(parameters, nonce)) return { kind: 'wrong-state' };
    return readCallback(parameters);
  }
  const [first = '', second] = words;
  if (words.length === 1 && isCode(first)) {
    return { kind: 'code', code: new Secret(first), resourceUrl: null, issuer: null, isWhole: false };
  }
  if (words.length !== 2 || second === undefined) return { kind: 'nothing' };
  const [token, address] = httpAddress(first) === null ? [first, second] : [second, first];
  const resourceUrl = httpAddress(address);
  return isCode(token) && resourceUrl !== null
    ? { kind: 'token', token: new Secret(token), resourceUrl }
    : { kind: 'nothing' };
}

/** RFC 6749 A.11 allows any visible ASCII in a code; an address is not a code. */
function isCode(word: string): boolean {
  return isVisibleWord(word) && !/^[a-z]+:\/\//i.test(word);
}
