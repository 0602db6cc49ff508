// The pauses of a use-case, with the timer of the system.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../../core/ports/system.js';
import { LONGEST_TIMER_MS } from '../../deadline.js';

export const systemTimer: Timer = {
  async sleep(ms, signal) {
    for (let left = ms; left >= 0; left -= LONGEST_TIMER_MS) {
      const step = Math.min(left, LONGEST_TIMER_MS);
      await sleep(step, undefined, { signal }).catch(() => signal.throwIfAborted());
      if (step === left) return;
    }
  },
};
