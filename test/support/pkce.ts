// The server side of PKCE and of the loopback redirect rules, for the fakes that check a client.

import { createHash } from 'node:crypto';

/** Null when `verifier` fits the S256 `challenge` (RFC 7636 4.6); otherwise the fault in words. */
export function pkceFault(challenge: string | null, verifier: string | null): string | null {
  if (challenge === null) return verifier === null ? null : 'code_verifier without a code_challenge';
  if (verifier === null) return 'code_challenge was sent, but no code_verifier';
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))
    return 'code_verifier is not 43 to 128 unreserved characters';
  return createHash('sha256').update(verifier).digest('base64url') === challenge
    ? null
    : 'code_verifier does not match the code_challenge';
}

/** Null when `value` is `http://127.0.0.1:PORT/…` without query, fragment or userinfo; otherwise the fault in words. */
export function loopbackFault(value: string): string | null {
  if (!URL.canParse(value)) return `redirect address is not a URL: ${value}`;
  const url = new URL(value);
  if (url.protocol !== 'http:' || url.hostname !== '127.0.0.1')
    return `redirect address is not http://127.0.0.1: ${value}`;
  if (url.port === '') return `redirect address has no port: ${value}`;
  // PROTOCOL 1.3: BIMserver loses these characters.
  return /[?&#+%@]/.test(value) ? `redirect address has a character that BIMserver loses: ${value}` : null;
}
