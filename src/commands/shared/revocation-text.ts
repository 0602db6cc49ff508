// What the server did with a token that was removed here, in words.
import type { Revocation } from '../../core/authorization/revoke-token.js';

/** The second half of a sentence, after `Removed the token of NAME; `. */
export function revocationText({ revoked, supported, error }: Revocation): string {
  if (revoked) return 'the server has revoked it';
  const valid = 'so the token stays valid there until it ends';
  if (error === null) return `the server does not support revocation, ${valid}`;
  return supported
    ? `the server did not revoke it (${error.message}), ${valid}`
    : `whether the server revokes tokens is not known (${error.message}), ${valid}`;
}
