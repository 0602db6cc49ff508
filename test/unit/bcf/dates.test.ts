// Dates as BCF files write them.
import { expect, test } from 'vitest';
import { readDateTime, readDay } from '../../../src/protocol/bcf/dates.js';

test.each([
  ['2026-03-01T12:30:00Z', '2026-03-01T12:30:00.000Z'],
  ['2026-03-01T12:30+0130', '2026-03-01T11:00:00.000Z'],
  ['2026-03-01T12:00:00+14:00', '2026-02-28T22:00:00.000Z'],
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026-02-28T24:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ['2026-02-28T24:00', '2026-03-01T00:00:00.000Z'],
])('%s is %s', (text, read) => {
  expect(readDateTime(text)).toBe(read);
});

test.each([
  '2026-03-01T24:30:00Z',
  '2026-03-01T24:00:01Z',
  '2026-03-01T24:00:00.001Z',
  '2026-03-01T25:00:00Z',
  '2026-02-30',
  '2026-03-01T12:00:00+14:01',
  '2026-03-01T12:00:00-24:00',
])('%s is no date', (text) => {
  expect(readDateTime(text)).toBeNull();
  expect(readDay(text)).toBeNull();
});
