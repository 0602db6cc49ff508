// Ends processes that this program started, and their groups.
import type { ProcessEnds } from './core/ports/processes.js';

export const PROCESS_ENDS: ProcessEnds = {
  signalGroup(pid, signal) {
    try {
      // Windows has no groups: there only the process itself is ended.
      process.kill(process.platform === 'win32' ? pid : -pid, signal);
    } catch {
      // It has ended, or it is another user's.
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
