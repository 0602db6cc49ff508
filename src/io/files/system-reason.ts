// Explains why the system refused a file operation, for example when the folder of a run under sudo belongs to root (CASES B074).
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';

/** The error's code; for missing rights also the owner of the file or of its nearest folder. For use in brackets. */
export function systemReason(error: unknown, path: string): string {
  const code = systemErrorCode(error) ?? 'unknown';
  return code === 'EACCES' || code === 'EPERM' ? `${code}; ${ownerOf(path)}` : code;
}

function ownerOf(path: string): string {
  try {
    return `${path} belongs to user ${lstatSync(path).uid}`;
  } catch {
    return ownerOf(dirname(path));
  }
}
