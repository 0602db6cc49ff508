// What the library needs of the process that it runs in. The only file of the library that names it.
import process from 'node:process';
import { isAliveBy } from '../../io/files/is-alive.js';
import type { Place } from './ports.js';

/** @param cwd replaces the working folder of the process */
export function hostPlace(cwd?: string): Place {
  return {
    get cwd() {
      return cwd ?? process.cwd();
    },
    umask: process.umask(),
    pid: process.pid,
    isAlive: isAliveBy((pid, signal) => process.kill(pid, signal)),
  };
}
