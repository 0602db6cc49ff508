// Lets a limited number of callers go on at the same time; the others wait, first come first served.

import { onAbort } from '../../abort.js';

/** The slots of work that goes on, and the waiting callers in order. */
export class Turns {
  readonly #next = new Set<() => void>();
  #running = 0;

  /** How much goes on now. */
  get running(): number {
    return this.#running;
  }

  /** Resolves when it is the caller's turn. Rejects with the signal's reason. */
  async take(most: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < most) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        leaving[Symbol.dispose]();
        resolve();
      };
      const leaving = onAbort(signal, (reason) => {
        this.#next.delete(begin);
        reject(reason);
      });
      this.#next.add(begin);
    });
  }

  /** Passes the slot of a caller on to the next one. */
  free(most: number): void {
    this.#running -= 1;
    for (const begin of this.#next) {
      if (this.#running >= most) return;
      this.#next.delete(begin);
      this.#running += 1;
      begin();
    }
  }
}
