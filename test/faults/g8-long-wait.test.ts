// G8: a service that works for an hour. `npm run test:slow` runs the same at a tenth of the speed, and six real minutes.

import { faultGroup } from './fault-group.js';
import { longWaits } from './g8-cases.js';

faultGroup('G8', 6, longWaits(600));
