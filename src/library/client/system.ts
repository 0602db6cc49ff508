// The clock and the random numbers of the system.
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../../core/ports/system.js';

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const SYSTEM_RANDOM: Random = { token: (bytes) => randomBytes(bytes).toString('base64url') };
