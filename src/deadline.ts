// Limits on time: a signal that ends by itself, and a wait that does. Not AbortSignal.timeout with AbortSignal.any: Node 20 collects what only they know of as
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
