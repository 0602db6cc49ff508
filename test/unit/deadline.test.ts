// Time limits of any length: Node itself ends a timer of more than 24.8 days after 1 ms.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { after, deadline } from '../../src/deadline.js';
import { systemTimer } from '../../src/io/login/timer.js';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test.each([1, 24, 25, 60, 365])('a limit of %d days ends after that time', (days) => {
  using limit = deadline(new AbortController().signal, days * DAY_MS, new Error('over'));
  vi.advanceTimersByTime(days * DAY_MS - 1);
  expect(limit.passed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.passed).toBe(true);
});

test('a limit that is disposed never ends', () => {
  const act = vi.fn();
  const limit = after(40 * DAY_MS, act);
  vi.advanceTimersByTime(30 * DAY_MS);
  limit[Symbol.dispose]();
  vi.advanceTimersByTime(30 * DAY_MS);
  expect(act).not.toHaveBeenCalled();
});

test('a pause of a month ends with its signal, and not before', async () => {
  vi.useRealTimers();
  const stop = new AbortController();
  const order: string[] = [];
  const pause = systemTimer.sleep(30 * DAY_MS, stop.signal).finally(() => order.push('pause'));
  await systemTimer.sleep(20, stop.signal);
  order.push('moment');
  stop.abort(new Error('stopped'));
  await expect(pause).rejects.toThrow('stopped');
  expect(order).toEqual(['moment', 'pause']);
});
