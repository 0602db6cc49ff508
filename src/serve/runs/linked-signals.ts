// Combines several signals into one. AbortSignal.any does not work: Node 20 can garbage-collect such a signal before it aborts.

import { setMaxListeners } from 'node:events';
import { onAbort } from '../../abort.js';

export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborted with the first of `signals`, for its reason; dispose it when the work is done. */
export function linkSignals(signals: readonly AbortSignal[]): LinkedSignal {
  // Each run of a queue listens to the end of the queue. Node takes more than 10 listeners for a leak and prints a warning.
  setMaxListeners(0, ...signals);
  const own = new AbortController();
  const following = signals.map((signal) => onAbort(signal, (reason) => own.abort(reason)));
  return {
    signal: own.signal,
    [Symbol.dispose]() {
      for (const each of following) each[Symbol.dispose]();
    },
  };
}
