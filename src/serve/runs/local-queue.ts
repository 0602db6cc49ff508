// The queue of one machine: limited, first come first served, with the allowed number of concurrent runs for each service.

import type { ServedService, ServiceResult } from '../service/served-service.js';
import { linkSignals } from './linked-signals.js';
import { Places } from './places.js';
import type { Perform, Place, QueueCounts, QueuedRun, RunQueue } from './run-queue.js';
import { Turns } from './turns.js';

/** `limit`: the number of places for active and waiting runs. Disposing the queue aborts active runs. */
export function createLocalQueue(perform: Perform, limit: number): RunQueue {
  return new LocalQueue(perform, limit);
}

class LocalQueue implements RunQueue {
  readonly #turns = new Map<string, Turns>();
  readonly #closing = new AbortController();
  readonly #places: Places;
  #running = 0;

  constructor(
    private readonly work: Perform,
    limit: number,
  ) {
    this.#places = new Places(limit);
  }

  get counts(): QueueCounts {
    return { waiting: this.#places.taken - this.#running, running: this.#running };
  }

  async reserve(service: ServedService): Promise<Place | 'full' | 'stopping'> {
    const release = this.#places.take();
    if (typeof release === 'string') return release;
    return { perform: (run, signal) => this.#perform(service, run, signal), release };
  }

  drain(): Promise<void> {
    return this.#places.drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('The provider is stopping'));
    await this.drain();
  }

  async #perform(service: ServedService, run: QueuedRun, signal: AbortSignal): Promise<ServiceResult> {
    using stop = linkSignals([signal, this.#closing.signal]);
    const turns = this.#turns.get(service.id) ?? new Turns();
    this.#turns.set(service.id, turns);
    await turns.take(service.concurrency ?? 1, stop.signal);
    this.#running += 1;
    try {
      return await this.work(run, stop.signal);
    } finally {
      this.#running -= 1;
      turns.free(service.concurrency ?? 1);
    }
  }
}
