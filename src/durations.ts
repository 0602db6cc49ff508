// Reads durations as people type them, `90s`, `5m`, `1h30m`, `14d`, and prints them.
import { BimServiceError } from './errors.js';

/** Part of a unit that may have passed already. */
const JUST_BEGUN = 0.02;

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration; a bare number is in seconds. Throws `usage` for anything else. */
export function parseDuration(text: string, option: string): number {
  const value = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) {
    const parts = value.split(/(ms|s|m|h|d)/);
    return parts.reduce(
      (sum, unit, index) => (index % 2 === 0 ? sum : sum + Number(parts[index - 1]) * (UNIT_MS[unit] ?? 0)),
      0,
    );
  }
  throw new BimServiceError('usage', `${option} takes a duration such as 90s, 5m, 1h30m or 14d`);
}

/** A time span in ms as `0:05`, `12:31` or `1:02:03`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * A time span in ms in words, in its largest unit: `12 days`, `3 hours`, `1 minute`. Rounds down, so that nothing lasts
 * shorter than it says; a span that has only just begun still counts as whole (7:59:50 is `8 hours`).
 */
export function spanText(ms: number): string {
  const units: ReadonlyArray<readonly [string, number]> = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ];
  for (const [name, size] of units) {
    const count = Math.floor(ms / size + JUST_BEGUN);
    if (count >= 1) return counted(count, name);
  }
  return counted(Math.max(0, Math.floor(ms / 1000)), 'second');
}

/** A span of ms that somebody has to wait, in words and rounded up: `90 seconds`, `2 minutes`, `3 hours`. */
export function waitText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120 && seconds % 60 !== 0) return counted(seconds, 'second');
  if (seconds === 0) return counted(0, 'second');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? counted(minutes, 'minute') : counted(Math.ceil(minutes / 60), 'hour');
}

/** The latest time that a Date can hold, in ms (ECMA-262 21.4.1.1). */
const LATEST_MS = 8.64e15;

/** A time of the wall clock (ms since 1970) for a person, in local time with its zone: `Nov 27, 2026, 15:37 GMT+1`. */
export function dateText(ms: number): string {
  return new Intl.DateTimeFormat('en-US', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(Math.max(-LATEST_MS, Math.min(ms, LATEST_MS)));
}

/** A time of the wall clock (ms since 1970) for programs, in ISO 8601 and UTC; null when it is not known. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(Math.max(-LATEST_MS, Math.min(ms, LATEST_MS))).toISOString();
}

/** `1 service`, `3 services`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
