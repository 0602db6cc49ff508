// G12: kill -9. No final name unless the result is whole, and the next run clears what is left (CASES B137).

import { faultGroup } from './fault-group.js';
import { stoppedAt } from './six-points.js';

faultGroup(
  'G12',
  6,
  stoppedAt('SIGKILL', (point) => ({
    exit: 'SIGKILL',
    errorCode: null,
    leavesPart: true,
    // Once the link is there, so is the whole result.
    savedAs: point === 'after link' ? 'report (1).txt' : null,
    ...(point === 'upload' ? { readsWhole: false } : {}),
  })),
);
