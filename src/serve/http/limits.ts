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

/** For a server that others can reach. Counts are in memory and start again with the server. */
export function createRateLimits(): RateLimits {
  const registrations = new RateLimiterMemory({ points: 60, duration: 60 });
  const consents = new RateLimiterMemory({ points: 120, duration: 60 });
  const loginsOfName = new RateLimiterMemory({ points: 10, duration: 15 * 60 });
  const loginsFrom = new RateLimiterMemory({ points: 50, duration: 15 * 60 });
  return {
    registration: (from) => take(registrations, networkOf(from)),
    consent: (from) => take(consents, networkOf(from)),
    async login(from, name) {
      try {
        await loginsFrom.consume(networkOf(from));
        await loginsOfName.consume(name.slice(0, 64));
        return true;
      } catch (error) {
        if (error instanceof RateLimiterRes) return false;
        throw error;
      }
    },
    async loggedIn(from, name) {
      await loginsFrom.reward(networkOf(from));
      await loginsOfName.delete(name.slice(0, 64));
    },
  };
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
