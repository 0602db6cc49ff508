// Combines several signals into one. AbortSignal.any does not work: Node 20 can garbage-collect such a signal before it aborts.

export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborted with the first of `signals`, for its reason; dispose it when the work is done. */
export function linkSignals(signals: readonly AbortSignal[]): LinkedSignal {
  const own = new AbortController();
  const ends: Array<() => void> = [];
  for (const signal of signals) {
    const follow = (): void => own.abort(signal.reason);
    if (signal.aborted) follow();
    signal.addEventListener('abort', follow, { once: true });
    ends.push(() => signal.removeEventListener('abort', follow));
  }
  return {
    signal: own.signal,
    [Symbol.dispose]() {
      for (const end of ends) end();
    },
  };
}
