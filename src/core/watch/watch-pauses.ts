// When a watch sends nothing for a while: why, until when, and whether it tries again.
import type { BimServiceError } from '../../errors.js';
import type { Clock } from '../ports/system.js';
import { type Pause, type PauseReason, Pauses } from './pauses.js';
import type { WatchEvent } from './watch-events.js';

export interface PauseOptions {
  /** True: a failure is left to the next watch, except where `retry` allows another try. */
  once: boolean;
  /** With `once`: how many pauses for the service in a sequence of failures. */
  retry: number;
}

export interface PausePorts {
  clock: Pick<Clock, 'monotonic'>;
  /** Changes when another token is stored. */
  tokenMark(): Promise<string | null>;
  report(event: WatchEvent): Promise<void>;
}

export class WatchPauses {
  readonly #options: PauseOptions;
  readonly #ports: PausePorts;
  readonly #pauses = new Pauses();
  #retriesLeft: number;
  /** Why the last pause began; null after a success. */
  #reason: PauseReason | null = null;
  #tokenMark: string | null = null;
  #isGivenUp = false;

  constructor(options: PauseOptions, ports: PausePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#retriesLeft = options.retry;
  }

  /** True when the watch tries nothing any more. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** The pause that lasts now; null when nothing pauses. */
  get current(): Pause | null {
    return this.#pauses.at(this.#ports.clock.monotonic());
  }

  /** True when what failed for `reason` is tried again by this watch. Runs that fail together share one try. */
  triesAgain(reason: PauseReason): boolean {
    if (!this.#options.once) return true;
    return !this.#isGivenUp && reason === 'service' && (this.#retriesLeft > 0 || this.current !== null);
  }

  /** After a failure that is not the model's. `waiting`: how many revisions wait. */
  async begin(reason: PauseReason, error: BimServiceError, waiting: number): Promise<void> {
    const isLast = !this.triesAgain(reason);
    if (isLast) this.#isGivenUp = true;
    const leastMs = (error.retryAfterSeconds ?? 0) * 1000;
    const pause = this.#pauses.begin(reason, leastMs, this.#ports.clock.monotonic());
    if (pause === null) return;
    this.#retriesLeft -= 1;
    this.#reason = reason;
    if (reason === 'token') this.#tokenMark = await this.#ports.tokenMark();
    await this.#ports.report({ event: 'paused', reason, ms: pause.ms, waiting, isLast, error });
  }

  /** A new token ends the pause for a token. */
  async checkToken(): Promise<void> {
    if (this.current?.reason !== 'token') return;
    if ((await this.#ports.tokenMark()) !== this.#tokenMark) this.#pauses.end();
  }

  /** After a success; `only`: of a kind that ends just the pauses for this reason. */
  async succeeded(only: PauseReason | null = null): Promise<void> {
    const reason = this.#reason;
    if (only !== null && reason !== only) return;
    this.#pauses.succeeded();
    this.#retriesLeft = this.#options.retry;
    this.#reason = null;
    if (reason !== null) await this.#ports.report({ event: 'resumed', reason });
  }
}
