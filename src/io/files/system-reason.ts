// Why the system refused, in as few words as help: the folder of a run under sudo belongs to root (CASES B074).
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors.js';

/** The error's code, and where rights are the reason, whose the file or its nearest folder is: for brackets in a message. */
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
