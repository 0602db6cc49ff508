// When npm is asked for a newer version, and when the notice is shown.
import { expect, test } from 'vitest';
import { dueUpdate, isRelease } from '../../src/core/updates/due-update.js';

const NOW = Date.UTC(2026, 10, 27);
const HOUR = 3_600_000;
const state = (more: object) => ({ checkedAt: NOW - HOUR, shownAt: null, latest: null, ...more });

test.each([
  ['the first command', { checkedAt: null }, { start: true, ask: false }],
  ['an hour after a check', {}, { start: false, ask: false }],
  ['a day after a check', { checkedAt: NOW - 24 * HOUR }, { start: false, ask: true }],
  ['a clock that was set back', { checkedAt: NOW + 1 }, { start: false, ask: true }],
])('%s', (_, more, due) => {
  expect(dueUpdate(state(more), '1.2.3', NOW)).toMatchObject(due);
});

test.each([
  ['1.2.4', '1.2.3', true],
  ['1.10.0', '1.9.9', true],
  ['2.0.0', '1.9.9', true],
  ['1.2.3', '1.2.3', false],
  ['1.2.3', '1.3.0', false],
  ['1.2.0', '1.2.0-beta.1', true],
  ['1.2.0-beta.2', '1.1.0', false],
  ['latest', '1.1.0', false],
])('npm names %s, and this is %s: shown: %s', (latest, version, isShown) => {
  expect(dueUpdate(state({ latest }), version, NOW).show).toBe(isShown ? latest : null);
});

test('a notice is shown once a day', () => {
  const shown = (shownAt: number) => dueUpdate(state({ latest: '9.9.9', shownAt }), '1.2.3', NOW).show;
  expect([shown(NOW), shown(NOW - 23 * HOUR), shown(NOW - 24 * HOUR)]).toEqual([null, null, '9.9.9']);
});

test('only a release is a version to install', () => {
  expect(['1.2.3', '1.2.3-rc.1', '1.2', '', '1.2.3\n\u001b[31m'].map(isRelease)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
