// G8 at 1:60, and one wait of six real minutes, which would show a hidden limit in a library (undici's 300 s).

import { faultGroup } from './fault-group.js';
import { longWaits } from './g8-cases.js';
import { resultResponse } from './sandbox.js';

const SIX_MINUTES = 360_000;

faultGroup('G8 slow', 7, [
  ...longWaits(60),
  {
    name: 'a response after 360 real seconds',
    phase: 'upload',
    steps: (_, result) => [{ read: 'all' }, { pause: SIX_MINUTES }, { send: resultResponse(result) }],
    hangTimeoutMs: SIX_MINUTES + 30_000,
    expect: { exit: 0, errorCode: null, outcome: 'done' },
  },
]);
