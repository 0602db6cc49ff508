// The errors of a lock that cannot be taken, with its holder.
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** What a lock file says about its holder; null when it does not say. */
export interface LockHolder {
  pid: number | null;
  /** See `hostTag`. */
  host: string | null;
  /** See `startOf`. */
  started: number | null;
  /** The holder's host name, for people. */
  name: string | null;
}

/** `process 123 on HOST`. */
export function holderText({ pid, name }: LockHolder): string {
  if (pid === null) return 'an unknown process';
  return name === null ? `process ${pid}` : `process ${pid} on ${cleanText(name, 60)}`;
}

/** BimServiceError `store-not-writable` (exit 7). */
export function heldTooLong(path: string, holder: LockHolder, waitMs: number): BimServiceError {
  return new BimServiceError(
    'store-not-writable',
    `${holderText(holder)} has held ${cleanText(path, 500)} for more than ${Math.round(waitMs / 1000)} s`,
    {
      hint: 'Wait for that process or end it. If it is not a bimservice, remove the file.',
    },
  );
}

/** BimServiceError `store-not-writable` (exit 7), for a file that has the lock's name but is not a lock. */
export function noLock(path: string, reason: string, cause: unknown): BimServiceError {
  return new BimServiceError(
    'store-not-writable',
    `the lock ${cleanText(path, 500)} cannot be read (${reason})`,
    {
      hint: 'Remove it if no other bimservice runs, or name another folder with --config-dir.',
      cause,
    },
  );
}
