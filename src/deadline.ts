// A signal that aborts by itself. AbortSignal.timeout with AbortSignal.any does not work: Node 20 garbage-collects a
// signal that is referenced only by them, and then it never aborts.
import { onAbort } from './abort.js';

export interface Deadline extends Disposable {
  signal: AbortSignal;
  /** True when the time is over and has aborted the signal. */
  readonly passed: boolean;
}

/** Follows `signal`, and aborts after `ms` with `reason`. Dispose it when the work is done. */
export function deadline(signal: AbortSignal, ms: number, reason: unknown): Deadline {
  const own = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    own.abort(reason);
  }, ms);
  const following = onAbort(signal, (abortReason) => own.abort(abortReason));
  return {
    signal: own.signal,
    get passed() {
      return passed;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
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
