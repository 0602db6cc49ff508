// Redirect addresses: which may be registered, and which request matches a registered one.

import { isLoopbackHost } from '../http/loopback.js';

const LOOPBACK_LITERAL = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:[/?].*)?)$/s;

/** Machines that an operator allows to get a redirect by http: `host`, or `host:port`, in lower case. */
export type RedirectHosts = ReadonlySet<string>;

export const NO_REDIRECT_HOSTS: RedirectHosts = new Set();

/**
 * True when `text` may be registered as a redirect address: absolute, without fragment (RFC 6749 3.1.2) or user name;
 * https, or http to this machine (RFC 8252 7.3 and 8.3) or to one of `hosts`.
 */
export function isAcceptableRedirectUri(text: string, hosts: RedirectHosts = NO_REDIRECT_HOSTS): boolean {
  const url = parseRedirectUri(text);
  if (url === null) return false;
  if (url.protocol === 'https:' || isLoopbackHost(url.hostname)) return true;
  return hosts.has(url.hostname) || hosts.has(withPort(url));
}

/** The machine of an http address, in the form that an operator writes; null for every other text. */
export function redirectHostOf(text: string): string | null {
  const url = parseRedirectUri(text);
  return url === null || url.protocol !== 'http:' ? null : url.host;
}

/** A host as an operator writes it, in the form of `RedirectHosts`; undefined where it is not a host. */
export function readRedirectHost(text: string): string | undefined {
  if (!/^[\w.:[\]-]+$/.test(text) || !URL.canParse(`http://${text}/`)) return undefined;
  const url = new URL(`http://${text}/`);
  return /:\d+$/.test(text) ? withPort(url) : url.hostname;
}

function parseRedirectUri(text: string): URL | null {
  if (!/^https?:\/\/[\x21-\x7e]+$/i.test(text) || /[#\\]/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  // URL takes a host with `;` or `,` too, which would begin another directive in a Content-Security-Policy.
  const isHost = /^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(url.hostname);
  return isHost && url.username === '' && url.password === '' ? url : null;
}

/** With the port of http too, which URL leaves out. */
function withPort(url: URL): string {
  return url.port === '' ? `${url.hostname}:80` : url.host;
}

export interface MatchRules {
  /** RFC 8252 7.3: http to a loopback IP literal may have another port. */
  readonly loopbackPortMayDiffer: boolean;
  /** The part after the first `?` is not compared. */
  readonly queryMayDiffer: boolean;
  readonly hosts: RedirectHosts;
}

/**
 * True when an authorization request may contain `requested` for the registered address `registered`: they must be equal.
 * `localhost` and all names are no IP literals (CASES B155).
 */
export function matchesRedirectUri(
  registered: string,
  requested: string,
  { loopbackPortMayDiffer, queryMayDiffer, hosts }: MatchRules,
): boolean {
  const [registeredUri, requestedUri] = queryMayDiffer
    ? [withoutQuery(registered), withoutQuery(requested)]
    : [registered, requested];
  // Also where the operator has taken back a machine that was allowed at the registration.
  if (!isAcceptableRedirectUri(requested, hosts)) return false;
  if (registeredUri === requestedUri) return true;
  if (!loopbackPortMayDiffer) return false;
  const ours = LOOPBACK_LITERAL.exec(registeredUri);
  const theirs = LOOPBACK_LITERAL.exec(requestedUri);
  if (ours === null || theirs === null) return false;
  return ours[1] === theirs[1] && ours[2] === theirs[2];
}

function withoutQuery(uri: string): string {
  return uri.split('?', 1).join('');
}
