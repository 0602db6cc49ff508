// Secrets are stored only as SHA-256. They are random and long, so they need no salt and no slow hash.

import { createHash, timingSafeEqual } from 'node:crypto';

/** RFC 6749 10.10 requires at least 128 bits; these are 256. */
export const SECRET_BYTES = 32;

/** base64url without padding, which is also how RFC 7636 4.2 writes an S256 challenge. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** For keys of the store that an operator types: lower-case hex. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
