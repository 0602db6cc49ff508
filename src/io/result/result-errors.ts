// The reasons why a result could not be written, in words that a person can act on.

import { BimServiceError, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { systemWords } from '../files/system-reason.js';

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or name another place with -o.',
  EDQUOT: 'Free some space, or name another place with -o.',
  EFBIG: 'Choose another disk with -o.',
  EACCES: 'Choose a place you may write to with -o.',
  EPERM: 'Choose a place you may write to with -o.',
  EROFS: 'Choose a place you may write to with -o.',
  ENOENT: 'Create the folder first, or name another place with -o.',
  ENOTDIR: 'Choose another place with -o.',
  ENAMETOOLONG: 'Choose a shorter name with -o.',
  EPIPE: 'Keep the reader open until the result is written.',
};

const OTHER_HINT = 'Check the disk, or name another place with -o.';

/**
 * Turns a system error into BimServiceError `result-not-writable` (exit 7) with path and cause. Any other value (an abort,
 * a BimServiceError) is returned unchanged.
 */
export function resultNotWritable(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof BimServiceError || !/^E[A-Z0-9]+$|^UNKNOWN$/.test(code))
    return error;
  return new BimServiceError(
    'result-not-writable',
    `cannot write ${shown(path)}: ${systemWords(code)} (${code})`,
    {
      hint: HINTS[code] ?? OTHER_HINT,
      phase: 'save',
      cause: error,
    },
  );
}

/** BimServiceError `result-exists` (exit 7). */
export function resultExists(path: string, existing: 'file' | 'not-a-file'): BimServiceError {
  return existing === 'file'
    ? new BimServiceError('result-exists', `${shown(path)} already exists`, {
        hint: 'Use --force to replace it, or -o to name another.',
        phase: 'save',
      })
    : new BimServiceError('result-exists', `${shown(path)} already exists and is not a file`, {
        hint: 'Choose another name with -o; a folder or device is never replaced.',
        phase: 'save',
      });
}

/** BimServiceError `result-exists`: the place of the result is a file that the command reads. */
export function resultIsInput(path: string): BimServiceError {
  return new BimServiceError(
    'result-exists',
    `${shown(path)} is read by this command, and --force does not replace it`,
    {
      hint: 'Choose another name with -o.',
      phase: 'save',
    },
  );
}

function shown(path: string): string {
  return cleanText(path, 500);
}
