// Why the system refused, in words: `no space left on the disk` says more than ENOSPC.
import { lstatSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'your disk quota is used up',
  EFBIG: 'too large for this file system',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EBUSY: 'another program holds the file',
  EEXIST: 'something of that name exists',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  EPIPE: 'its reader closed it',
  EIO: 'the disk failed to read or write',
  EMFILE: 'this program has too many files open',
  ENFILE: 'this machine has too many files open',
  ELOOP: 'too many symbolic links',
  ESTALE: 'the share was mounted again',
  ENXIO: 'no program or device is at its other end',
  EFTYPE: 'it is a pipe or a device, not a file',
  ERR_FS_FILE_TOO_LARGE: 'too large',
  ENODEV: 'there is no such device',
};

/** What a system error's code means, in a few words. */
export function systemWords(code: string | undefined): string {
  return WORDS[code ?? ''] ?? 'the system refused it';
}

/**
 * Words and code of a system error, for brackets in a message; where rights are the reason, also whose the file or its
 * nearest folder is: the folder of a run under sudo belongs to root (CASES B074).
 */
export function systemReason(error: unknown, path: string): string {
  const code = systemErrorCode(error);
  const words = code === undefined ? systemWords(code) : `${systemWords(code)}, ${code}`;
  const isOfRights = code === 'EACCES' || code === 'EPERM';
  // Windows has no numbers for users: each file would be one of user 0.
  return isOfRights && platform() !== 'win32' ? `${words}; ${ownerOf(path)}` : words;
}

function ownerOf(path: string): string {
  try {
    return `${path} belongs to user ${lstatSync(path).uid}`;
  } catch {
    const folder = dirname(path);
    return folder === path ? 'the owner is unknown' : ownerOf(folder);
  }
}
