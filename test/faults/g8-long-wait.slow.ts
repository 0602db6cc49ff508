// G8 at 1:60, and one wait of six real minutes: a limit that is hidden somewhere below us (undici's 300 s) shows only there.

import { faultGroup } from './fault-group.js';
import { longWaits } from './g8-cases.js';
import { resultReply } from './world.js';

const SIX_MINUTES = 360_000;

faultGroup('G8 slow', 7, [
  ...longWaits(60),
  {
    name: 'a response after 360 real seconds',
    phase: 'upload',
    steps: (_, result) => [{ read: 'all' }, { pause: SIX_MINUTES }, { send: resultReply(result) }],
    hangsAfterMs: SIX_MINUTES + 30_000,
    expect: { exit: 0, errorCode: null, outcome: 'done' },
  },
]);
