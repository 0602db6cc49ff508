// Gives each token a share of the places for models that are arriving: a client that sends its models slowly, or never to
// their end, takes no place from others.

import { Turns } from './turns.js';

export class BodyShares {
  readonly #turns = new Map<string, Turns>();
  readonly #each: number;
  #waiting = 0;

  /** `places`: those of the queue. Half of them are the share of one token, and as many bodies wait, of all tokens. */
  constructor(places: number) {
    this.#each = Math.max(1, Math.floor(places / 2));
  }

  /**
   * Waits until another body of `token` may arrive; dispose the share when the body has ended. `full`: too many wait. Rejects
   * with the signal's reason.
   */
  async take(token: string, signal: AbortSignal): Promise<Disposable | 'full'> {
    const turns = this.#turns.get(token) ?? new Turns();
    if (turns.running >= this.#each && this.#waiting >= this.#each) return 'full';
    this.#turns.set(token, turns);
    this.#waiting += 1;
    try {
      await turns.take(this.#each, signal);
    } finally {
      this.#waiting -= 1;
      if (turns.running === 0) this.#turns.delete(token);
    }
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        turns.free(this.#each);
        if (turns.running === 0) this.#turns.delete(token);
      },
    };
  }
}
