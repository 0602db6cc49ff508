// Redirect addresses: which may be registered, and which request matches a registered one.

import { isLoopbackHost } from '../http/loopback.js';

const LOOPBACK_LITERAL = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:[/?].*)?)$/s;

/**
 * True when `text` may be registered as a redirect address: absolute, without fragment (RFC 6749 3.1.2) or user name;
 * https, or http to this machine (RFC 8252 7.3 and 8.3).
 */
export function isAcceptableRedirectUri(text: string): boolean {
  if (!/^https?:\/\/[\x21-\x7e]+$/i.test(text) || /[#\\]/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || isLoopbackHost(url.hostname);
}

/**
 * True when an authorization request may contain `requested` for the registered address `registered`: they must be equal.
 * For http to a loopback IP literal the port may differ (RFC 8252 7.3), but not for `localhost` and all others (CASES
 * B155). With `queryMayDiffer` the part after the first `?` is not compared.
 */
export function matchesRedirectUri(registered: string, requested: string, queryMayDiffer = false): boolean {
  const [registeredUri, requestedUri] = queryMayDiffer
    ? [withoutQuery(registered), withoutQuery(requested)]
    : [registered, requested];
  if (!isAcceptableRedirectUri(requested)) return registered === requested;
  if (registeredUri === requestedUri) return true;
  const ours = LOOPBACK_LITERAL.exec(registeredUri);
  const theirs = LOOPBACK_LITERAL.exec(requestedUri);
  if (ours === null || theirs === null) return false;
  return ours[1] === theirs[1] && ours[2] === theirs[2];
}

function withoutQuery(uri: string): string {
  return uri.split('?', 1).join('');
}
