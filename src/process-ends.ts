// Ends processes that this program started, and their groups.
import type { ProcessEnds } from './core/ports/processes.js';
import { systemErrorCode } from './errors.js';

export const PROCESS_ENDS: ProcessEnds = {
  signalGroup(pid, signal) {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Windows has no groups: there only the process itself is ended.
      if (systemErrorCode(error) === 'EINVAL') process.kill(pid, signal);
    }
  },
  kill(pid) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or it is another user's.
    }
  },
};
