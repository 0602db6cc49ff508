// A signal that ends by itself. Not AbortSignal.timeout with AbortSignal.any: Node 20 collects what only they know of as
// garbage, and then nothing ends.

export interface Deadline extends Disposable {
  signal: AbortSignal;
  /** True once it was the time that ended it. */
  readonly passed: boolean;
}

/** Follows `signal`, and ends after `ms` with `reason`; dispose it when the work is done. */
export function deadline(signal: AbortSignal, ms: number, reason: unknown): Deadline {
  const own = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    own.abort(reason);
  }, ms);
  const follow = () => own.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return {
    signal: own.signal,
    get passed() {
      return passed;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}
