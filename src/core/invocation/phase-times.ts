// Measures how long the phases of a run take, with the monotonic clock.
import type { TransferProgress } from '../ports/http.js';
import type { Clock } from '../ports/system.js';

/** In whole ms; null when the phase was not reached. */
export interface Timing {
  uploadMs: number | null;
  waitMs: number | null;
  downloadMs: number | null;
}

export const NO_TIMING: Timing = { uploadMs: null, waitMs: null, downloadMs: null };

export class PhaseTimes {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #starts: Partial<Record<TransferProgress['phase'], number>> = {};

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Begins a phase. Only the first call for a phase counts. */
  begin(phase: TransferProgress['phase']): void {
    this.#starts[phase] ??= this.#clock.monotonic();
  }

  /** The ms since the phase began; 0 when it has not begun. */
  since(phase: TransferProgress['phase']): number {
    const from = this.#starts[phase];
    return from === undefined ? 0 : this.#clock.monotonic() - from;
  }

  /** Ends the last phase now. */
  timing(): Timing {
    const { upload, wait, download } = this.#starts;
    const now = this.#clock.monotonic();
    const span = (from: number | undefined, to: number | undefined) =>
      from === undefined ? null : Math.round((to ?? now) - from);
    return {
      uploadMs: span(upload, wait ?? download),
      waitMs: span(wait, download),
      downloadMs: span(download, undefined),
    };
  }
}
