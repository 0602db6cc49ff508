// What the library needs of the process that it runs in. The only file of the library that names it.
import process from 'node:process';
import { systemErrorCode } from '../../errors.js';
import type { Place } from './ports.js';

/** @param cwd replaces the working folder of the process */
export function hostPlace(cwd?: string): Place {
  return {
    get cwd() {
      return cwd ?? process.cwd();
    },
    umask: process.umask(),
    pid: process.pid,
    isAlive,
  };
}

/** For a process of another user the system reports EPERM. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
