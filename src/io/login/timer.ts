// The pauses of a login, with the timer of the system.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../../core/ports/system.js';

export const systemTimer: Timer = {
  async sleep(ms, signal) {
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
