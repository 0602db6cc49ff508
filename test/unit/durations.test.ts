// Time spans in words.
import { afterEach, expect, test, vi } from 'vitest';
import { dateText, spanText } from '../../src/durations.js';

const HOUR = 3_600_000;

test.each([
  [8 * HOUR, '8 hours'],
  [8 * HOUR - 10_000, '8 hours'],
  [7.6 * HOUR, '7 hours'],
  [HOUR - 500, '1 hour'],
  [14 * 24 * HOUR - 1000, '14 days'],
  [90_000, '1 minute'],
  [45_000, '45 seconds'],
  [0, '0 seconds'],
  [-5, '0 seconds'],
])('%i ms: %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['UTC', 'Nov 27, 2026, 23:07 UTC'],
  ['Europe/Berlin', 'Nov 28, 2026, 00:07 GMT+1'],
  ['America/New_York', 'Nov 27, 2026, 18:07 EST'],
])('a date in local time with its zone: %s', (zone, text) => {
  vi.stubEnv('TZ', zone);
  expect(dateText(Date.UTC(2026, 10, 27, 23, 7))).toBe(text);
});

test('a date that is too large for a Date is still text', () => {
  expect(dateText(Number.MAX_VALUE)).toContain('275760');
});
