// The end of a credential in the documents of `--json`.
import { isoTime } from '../../durations.js';

/**
 * `expires` in ISO 8601, null when it is not known. `expiresAt` is the same in epoch ms: deprecated, and kept for scripts
 * that read it.
 */
export function expiry(expiresAt: number | null): { expires: string | null; expiresAt: number | null } {
  return { expires: isoTime(expiresAt), expiresAt };
}
