// Growing pauses after failures that have nothing to do with a model: the service is down, there is no token, the disk is full.

/** Why nothing runs now. */
export type PauseReason = 'service' | 'token' | 'results';

export interface Pause {
  reason: PauseReason;
  /** Monotonic, in ms. */
  until: number;
  ms: number;
}

const FIRST_MS = 2000;
const LONGEST_MS = 5 * 60_000;

export class Pauses {
  #failures = 0;
  #current: Pause | null = null;

  /**
   * After a failure: the pause that begins now, longer each time; null where one lasts already, because several runs fail
   * together. `leastMs`: how long the service asks to wait.
   */
  begin(reason: PauseReason, leastMs: number, now: number): Pause | null {
    if (this.at(now) !== null) return null;
    const ms = Math.max(leastMs, Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS));
    this.#failures += 1;
    this.#current = { reason, ms, until: now + ms };
    return this.#current;
  }

  /** The pause that lasts at `now`; null when there is none. */
  at(now: number): Pause | null {
    return this.#current !== null && now < this.#current.until ? this.#current : null;
  }

  /** Ends the pause early: there is a new token. */
  end(): void {
    this.#current = null;
  }

  /** After a run that reached the service. */
  succeeded(): void {
    this.#failures = 0;
    this.#current = null;
  }
}
