// One run at the front end whose sender waits for it: which worker has it, and what came of it.

import type { QueuedRun } from '../runs/run-queue.js';
import type { ResultWords } from './wire.js';

export interface Outcome {
  readonly result: ResultWords;
  /** The result where it is small. */
  readonly bytes: Uint8Array;
}

export class FrontJob {
  readonly outcome: Promise<Outcome>;
  readonly queuedAt: number;
  /** How many times a worker has begun it. */
  begun = 0;
  /** Why the last worker did not finish it. */
  trouble = 'its worker was not heard of any more';
  /** How many times it was put into the stream. */
  sent = 0;
  /** The number of its message in the stream; null before. */
  sequence: number | null = null;
  /** The monotonic time since when no worker has it, and when the stream was last asked for it. */
  waitingSince = performance.now();
  checkedAt = performance.now();
  /** True when its outcome is there, or no one waits for it. */
  isOver = false;
  #owner: { readonly worker: string; heardAt: number } | null = null;
  #last: string | null = null;
  #resolve: (outcome: Outcome) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(
    readonly run: QueuedRun,
    now: number,
  ) {
    this.queuedAt = now;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It is awaited only after the model was sent.
    this.outcome.catch(() => {});
  }

  get worker(): string | null {
    return this.#owner?.worker ?? null;
  }

  /** How long its worker has said nothing, ms; 0 without a worker. */
  get silentFor(): number {
    return this.#owner === null ? 0 : performance.now() - this.#owner.heardAt;
  }

  begin(worker: string): void {
    this.begun += 1;
    this.#own(worker);
  }

  /**
   * True for the worker that has it, also when it was silent for a while and no other one has begun since. The first one begins
   * without a claim.
   */
  isWith(worker: string): boolean {
    if (this.begun === 0) this.begin(worker);
    else if (this.worker === null && this.#last === worker) this.#own(worker);
    return this.worker === worker;
  }

  heard(): void {
    if (this.#owner !== null) this.#owner.heardAt = performance.now();
  }

  /** Another worker may begin it. `forGood`: its worker has given it up, and was not only silent. */
  release(forGood: boolean): void {
    this.#owner = null;
    if (forGood) this.#last = null;
    this.waitingSince = performance.now();
  }

  finish(outcome: Outcome): void {
    this.isOver = true;
    this.#owner = null;
    this.#resolve(outcome);
  }

  fail(error: Error): void {
    this.isOver = true;
    this.#owner = null;
    this.#reject(error);
  }

  #own(worker: string): void {
    this.#owner = { worker, heardAt: performance.now() };
    this.#last = worker;
  }
}
