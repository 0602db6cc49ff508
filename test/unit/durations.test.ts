// Time spans in words.
import { expect, test } from 'vitest';
import { spanText } from '../../src/durations.js';

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
