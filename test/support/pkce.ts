// The server's half of PKCE and of the loopback redirect rules, for the fakes that check a client.

import { createHash } from 'node:crypto';

/** Null where `verifier` fits the S256 `challenge` (RFC 7636 4.6), else what is wrong. */
export function pkceFault(challenge: string | null, verifier: string | null): string | null {
  if (challenge === null) return verifier === null ? null : 'code_verifier without a code_challenge';
  if (verifier === null) return 'code_challenge was sent, but no code_verifier';
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))
    return 'code_verifier is not 43 to 128 unreserved characters';
  return createHash('sha256').update(verifier).digest('base64url') === challenge
    ? null
    : 'code_verifier does not fit the code_challenge';
}

/** Null where `value` is `http://127.0.0.1:PORT/…` without query, fragment or userinfo, else what is wrong. */
export function loopbackFault(value: string): string | null {
  if (!URL.canParse(value)) return `redirect address is no URL: ${value}`;
  const url = new URL(value);
  if (url.protocol !== 'http:' || url.hostname !== '127.0.0.1')
    return `redirect address is not http://127.0.0.1: ${value}`;
  if (url.port === '') return `redirect address has no port: ${value}`;
  // PROTOCOL 1.3: these are lost on BIMserver's way.
  return /[?&#+%@]/.test(value) ? `redirect address holds a character that gets lost: ${value}` : null;
}
