// Measures the time in which we wait for the network and nothing moves. Our own pauses do not count: a slow disk, a slow
// reader, a stopped process, a suspended laptop.

/** A tick is this fraction of the limit: a stall is reported at most one tick too late. */
const TICKS = 12;

export interface StallClockOptions {
  /** The longest wait without a movement, in ms. */
  limitMs: number;
  /** The limit when movements are hidden (`look` returns null), in ms. */
  hiddenLimitMs: number;
  /** True while we wait for the network, and not for a file, a pipe or ourselves. */
  isWaiting: () => boolean;
  /** What has moved so far, as a text that differs after each movement; null when it is hidden. */
  look: () => Promise<string | null>;
  /** Called once, with the exceeded limit in ms. */
  onStall: (ms: number) => void;
}

export class StallClock implements Disposable {
  readonly #options: StallClockOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #tickMs: number;
  #last = performance.now();
  #waitedMs = 0;
  #seen: string | null | undefined;
  #isLooking = false;

  constructor(options: StallClockOptions) {
    this.#options = options;
    this.#tickMs = options.limitMs / TICKS;
    this.#timer = setInterval(() => void this.#tick(), this.#tickMs);
  }

  /** Something moved: the wait begins again. */
  moved(): void {
    this.#waitedMs = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    const now = performance.now();
    // A tick that comes far too late is our own delay: the process was stopped, or had no processor.
    const passedMs = Math.min(now - this.#last, 2 * this.#tickMs);
    this.#last = now;
    const { isWaiting, look, limitMs, hiddenLimitMs, onStall } = this.#options;
    if (!isWaiting()) {
      this.#seen = undefined;
      return this.moved();
    }
    this.#waitedMs += passedMs;
    if (this.#isLooking) return;
    this.#isLooking = true;
    const seen = await look();
    this.#isLooking = false;
    if (this.#seen !== undefined && seen !== null && seen !== this.#seen) this.moved();
    this.#seen = seen;
    const limit = seen === null ? hiddenLimitMs : limitMs;
    if (this.#waitedMs < limit) return;
    this[Symbol.dispose]();
    onStall(limit);
  }
}
