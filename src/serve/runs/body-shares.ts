// Gives each sender a share of the places for models that are arriving: a client that sends its models slowly, or never to
// their end, takes no place from others.

import { Turns } from './turns.js';

export class BodyShares {
  readonly #turns = new Map<string, Turns>();
  readonly #each: number;
  #waiting = 0;

  /** `places`: those of the queue. Half of them are the share of one sender, and as many bodies wait, of all senders. */
  constructor(places: number) {
    this.#each = Math.max(1, Math.floor(places / 2));
  }

  /**
   * Waits until another body of `sharer` may arrive; dispose the share when the body has ended. `full`: too many wait. Rejects
   * with the signal's reason.
   */
  async take(sharer: string, signal: AbortSignal): Promise<Disposable | 'full'> {
    const turns = this.#turns.get(sharer) ?? new Turns();
    if (turns.running >= this.#each && this.#waiting >= this.#each) return 'full';
    this.#turns.set(sharer, turns);
    this.#waiting += 1;
    try {
      await turns.take(this.#each, signal);
    } finally {
      this.#waiting -= 1;
      if (turns.running === 0) this.#turns.delete(sharer);
    }
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        turns.free(this.#each);
        if (turns.running === 0) this.#turns.delete(sharer);
      },
    };
  }
}
