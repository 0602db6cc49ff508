// Whether a process runs on this machine.
import { systemErrorCode } from '../../errors.js';

/** `kill`: that of the process; signal 0 only asks. For a process of another user the system reports EPERM. */
export function isAliveBy(kill: (pid: number, signal: 0) => unknown): (pid: number) => boolean {
  return (pid) => {
    try {
      kill(pid, 0);
      return true;
    } catch (error) {
      return systemErrorCode(error) === 'EPERM';
    }
  };
}
