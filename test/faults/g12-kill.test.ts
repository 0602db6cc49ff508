// G12: kill -9. A final name exists only for a complete result, and the next run removes the rest (CASES B137).

import { faultGroup } from './fault-group.js';
import { stoppedAt } from './six-points.js';

faultGroup(
  'G12',
  6,
  stoppedAt('SIGKILL', (point) => ({
    exit: 'SIGKILL',
    errorCode: null,
    leavesPart: true,
    // When the link exists, the complete result exists.
    savedAs: point === 'after link' ? 'report (1).txt' : null,
    ...(point === 'upload' ? { readsWhole: false } : {}),
  })),
);
