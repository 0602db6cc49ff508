// SHA-256 for names: of stored records, of cached lists, behind ids that are equal. Secrets and content use node:crypto.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Lists are read again and again in one run, always with the same addresses. */
const known = new Map<string, string>();

/**
 * The SHA-256 of `text` as 64 hex digits, the same as node:crypto makes. Loading node:crypto takes a fifth of a bare start,
 * and as long as some two hundred of these; `list` and `status` need it for nothing else.
 */
export function nameHash(text: string): string {
  let hash = known.get(text);
  if (hash === undefined) {
    hash = bytesToHex(sha256(utf8ToBytes(text)));
    known.set(text, hash);
  }
  return hash;
}
