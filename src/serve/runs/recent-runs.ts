// The latest runs, for the status page. Their senders and names are not stored.

import type { ProviderEvent } from '../service/served-service.js';

const MOST = 20;

export interface RecentRun {
  readonly service: string;
  /** Epoch ms of its end. */
  readonly endedAt: number;
  readonly ms: number;
  readonly bytes: number;
  readonly ok: boolean;
}

export class RecentRuns {
  readonly #runs: RecentRun[] = [];

  note(event: ProviderEvent, now: number): void {
    if (event.event !== 'run' && event.event !== 'run-failed') return;
    const { service, ms, bytes } = event;
    this.#runs.unshift({ service, endedAt: now, ms, bytes, ok: event.event === 'run' });
    this.#runs.length = Math.min(this.#runs.length, MOST);
  }

  /** The latest run first. */
  list(): readonly RecentRun[] {
    return this.#runs;
  }
}
