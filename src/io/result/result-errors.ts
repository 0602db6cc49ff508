// Why a result could not be written, in words a person can act on.

import { BimServiceError, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

const REASONS: Record<string, readonly [reason: string, hint: string]> = {
  ENOSPC: ['no space left on the disk', 'Free some space, or choose another place with -o.'],
  EDQUOT: ['your disk quota is used up', 'Free some space, or choose another place with -o.'],
  EFBIG: ['too large for this file system', 'Choose another disk with -o.'],
  EACCES: ['permission denied', 'Choose a place you may write to with -o.'],
  EPERM: ['operation not permitted', 'Choose a place you may write to with -o.'],
  EROFS: ['the file system is read-only', 'Choose a place you may write to with -o.'],
  ENOENT: ['no such file or folder', 'Create the folder first, or choose another place with -o.'],
  ENOTDIR: ['a part of the path is not a folder', 'Choose another place with -o.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name with -o.'],
  EPIPE: ['its reader closed it', 'Keep the reader open until the result is written.'],
};

const OTHER_HINT = 'Check the disk, or choose another place with -o.';

/**
 * A system error on the way to a result as BimServiceError `result-not-writable` (exit 7), naming path and cause.
 * What is not a system error (an abort, an error of ours) comes back as it is.
 */
export function resultNotWritable(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof BimServiceError || !/^E[A-Z0-9]+$|^UNKNOWN$/.test(code))
    return error;
  const [reason, hint] = REASONS[code] ?? ['the system refused it', OTHER_HINT];
  return new BimServiceError('result-not-writable', `cannot write ${shown(path)}: ${reason} (${code})`, {
    hint,
    phase: 'save',
    cause: error,
  });
}

/** BimServiceError `result-exists` (exit 7). */
export function resultExists(path: string, inTheWay: 'file' | 'not-a-file'): BimServiceError {
  return inTheWay === 'file'
    ? new BimServiceError('result-exists', `${shown(path)} exists already`, {
        hint: 'Use --force to replace it, or -o to choose another name.',
        phase: 'save',
      })
    : new BimServiceError('result-exists', `${shown(path)} exists already and is not a file`, {
        hint: 'Choose another name with -o; a folder or device is never replaced.',
        phase: 'save',
      });
}

function shown(path: string): string {
  return cleanText(path, 500);
}
