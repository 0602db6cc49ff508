// Limits on the rate of requests, by address and by name.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from './client-address.js';
import { oauthError } from './http.js';

export interface RateLimits {
  /** Refuses with 429 and Retry-After. */
  registration(from: string): Promise<void>;
  /** Refuses with 429 and Retry-After. */
  consent(from: string): Promise<void>;
  /** True when a login may be tried. */
  login(from: string, name: string): Promise<boolean>;
  /** A login that was right counts for nothing. */
  loggedIn(from: string, name: string): Promise<void>;
}

/** No limits, for the demo, which runs for a minute on this machine. */
export const NO_LIMITS: RateLimits = {
  registration: async () => {},
  consent: async () => {},
  login: async () => true,
  loggedIn: async () => {},
};

const QUARTER_S = 15 * 60;
const WEEK_S = 7 * 24 * 3600;

/** For a server that others can reach. Counts are in memory and start again with the server. */
export function createRateLimits(): RateLimits {
  const registrations = new RateLimiterMemory({ points: 60, duration: 60 });
  const consents = new RateLimiterMemory({ points: 120, duration: 60 });
  const loginsFrom = new RateLimiterMemory({ points: 50, duration: QUARTER_S });
  // A limit for the name alone lets anyone lock its owner out (OWASP, Authentication Cheat Sheet, "Account Lockout"). So it counts
  // by network, and over all networks only those from where no one has logged in with the name; NIST SP 800-63B 5.2.2 allows 100.
  const loginsOfNameFrom = new RateLimiterMemory({ points: 10, duration: QUARTER_S });
  const loginsOfName = new RateLimiterMemory({ points: 100, duration: 4 * QUARTER_S });
  const known = new RateLimiterMemory({ points: 1, duration: WEEK_S });
  return {
    registration: (from) => take(registrations, networkOf(from)),
    consent: (from) => take(consents, networkOf(from)),
    async login(from, name) {
      try {
        const of = keysOf(from, name);
        await loginsFrom.consume(of.network);
        await loginsOfNameFrom.consume(of.nameFrom);
        if ((await known.get(of.nameFrom)) === null) await loginsOfName.consume(of.name);
        return true;
      } catch (error) {
        if (error instanceof RateLimiterRes) return false;
        throw error;
      }
    },
    async loggedIn(from, name) {
      const of = keysOf(from, name);
      await loginsFrom.reward(of.network);
      await loginsOfNameFrom.delete(of.nameFrom);
      if ((await known.get(of.nameFrom)) === null) await loginsOfName.reward(of.name);
      await known.set(of.nameFrom, 1, WEEK_S);
    },
  };
}

/** What logins are counted by; a name has no more than 64 characters, and no space. */
function keysOf(from: string, name: string): { network: string; name: string; nameFrom: string } {
  const network = networkOf(from);
  const short = name.slice(0, 64);
  return { network, name: short, nameFrom: `${network} ${short}` };
}

async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = String(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
    throw oauthError(429, 'slow_down', 'Too many requests from this address', { 'Retry-After': seconds });
  }
}
