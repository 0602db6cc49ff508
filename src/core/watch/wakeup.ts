// Lets a loop wait for a time or for something that happens, whichever is first.
import { onAbort } from '../../abort.js';
import type { Timer } from '../ports/system.js';

export class Wakeup {
  #isDue = false;
  #stop: (() => void) | null = null;

  /** Ends the wait; without one, the next wait ends at once. */
  wake(): void {
    this.#isDue = true;
    this.#stop?.();
  }

  /** Waits at most `ms`. Throws the reason of `signal`. */
  async wait(ms: number, timer: Timer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isDue) {
      const own = new AbortController();
      this.#stop = () => own.abort();
      using _ = onAbort(signal, this.#stop);
      await timer.sleep(ms, own.signal).catch(() => {});
      this.#stop = null;
    }
    this.#isDue = false;
    signal.throwIfAborted();
  }
}
