// Reads lifetimes from servers: seconds or milliseconds, relative or absolute, number or text. Returns epoch ms.

import type { ResponseFields } from './response-text.js';

/** A date later than this is a mistake of the server (CASES B031). */
const MAX_MS = 10 * 365.25 * 24 * 3_600_000;

/** A finite number, or a text of decimal digits; null for anything else (CASES B044). */
export function readNumber(value: unknown): number | null {
  const isDecimalText = typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value);
  const number = typeof value === 'number' || isDecimalText ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/**
 * When a registration was made and when it ends, in epoch ms; null when not said, "never", or not believable.
 * Reads `issued_at`/`expires_in` (by the heuristic of PROTOCOL 1.2) and RFC 7591's `client_id_issued_at`/
 * `client_secret_expires_at`. An end in the past is returned too: BIMserver issues expired registrations (B032).
 */
export function registrationTimes(
  fields: ResponseFields,
  now: number,
): { issuedAt: number | null; expiresAt: number | null } {
  const issuedAt = absolute(readNumber(fields.get('client_id_issued_at') ?? fields.get('issued_at')));
  const standardEnd = fields.get('client_secret_expires_at');
  const expiresAt =
    standardEnd === undefined
      ? lifetimeEnd(readNumber(fields.get('expires_in')), now)
      : absolute(readNumber(standardEnd));
  return { issuedAt: believable(issuedAt, now), expiresAt: believable(expiresAt, now) };
}

/** When an access token ends (RFC 6749 5.1, `expires_in` in seconds), in epoch ms; null when unknown. */
export function tokenExpiry(expiresIn: unknown, now: number): number | null {
  const seconds = readNumber(expiresIn);
  return seconds === null || seconds <= 0 ? null : believable(now + seconds * 1000, now);
}

function absolute(value: number | null): number | null {
  // 0 is RFC 7591's "never". 1e11 s is the year 5138, so a larger number is in milliseconds.
  if (value === null || value <= 0) return null;
  return value >= 1e11 ? value : value * 1000;
}

function lifetimeEnd(value: number | null, now: number): number | null {
  if (value === null || value === 0) return null;
  if (value >= 1e12) return value;
  return now + (Math.abs(value) >= 1e8 ? value : value * 1000);
}

function believable(time: number | null, now: number): number | null {
  if (time === null || time > now + MAX_MS) return null;
  return Math.max(0, Math.round(time));
}
