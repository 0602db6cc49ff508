// G13: Ctrl-C and SIGTERM. A clean stop with nothing left, except what was complete (CASES B137, B148).

import { faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { stoppedAt } from './six-points.js';

const stop =
  (exit: 130 | 143) =>
  (point: string): Expectation => {
    // Until the file has its final name, a stop leaves nothing behind.
    const isOnDisk = point === 'before link' || point === 'after link';
    const hasResponse = isOnDisk || point === 'mid body' || point === 'before fsync';
    return {
      exit,
      errorCode: exit === 130 ? 'interrupted' : 'terminated',
      outcome: hasResponse ? 'done' : 'unknown',
      savedAs: isOnDisk ? 'report (1).txt' : null,
      place: false,
      hint: false,
    };
  };

faultGroup('G13', 12, [...stoppedAt('SIGINT', stop(130)), ...stoppedAt('SIGTERM', stop(143))]);
