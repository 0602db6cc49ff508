// A signal that aborts by itself. AbortSignal.timeout with AbortSignal.any does not work: Node 20 garbage-collects a
// signal that is referenced only by them, and then it never aborts.
import { onAbort } from './abort.js';

export interface Deadline extends Disposable {
  signal: AbortSignal;
  /** True when the time is over and has aborted the signal. */
  readonly passed: boolean;
}

/** Node counts a timer in 31 bits (24.8 days): a longer one ends after 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `act` after `ms`, however long that is. Disposing it ends that. */
export function after(ms: number, act: () => void): Disposable {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => (left > step ? wait(left - step) : act()), step);
  };
  wait(ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Follows `signal`, and aborts after `ms` with `reason`. Dispose it when the work is done. */
export function deadline(signal: AbortSignal, ms: number, reason: unknown): Deadline {
  const own = new AbortController();
  let passed = false;
  const timer = after(ms, () => {
    passed = true;
    own.abort(reason);
  });
  const following = onAbort(signal, (abortReason) => own.abort(abortReason));
  return {
    signal: own.signal,
    get passed() {
      return passed;
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      following[Symbol.dispose]();
    },
  };
}

/** What `work` gives, or `late` after `ms`. A failure that comes later counts as handled. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), 'late');
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
