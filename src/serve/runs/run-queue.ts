// Where runs wait for their turn. One machine has its own queue; several share one, with workers elsewhere.

import type { Progress, ServedService, ServiceResult } from '../service/served-service.js';

/** A run whose model has arrived. */
export interface QueuedRun {
  readonly id: string;
  readonly serviceId: string;
  readonly inputType: string | null;
  /** The whole model. */
  readonly modelPath: string;
  /** A folder of the run's own; the result is placed in it. */
  readonly folder: string;
  progress(progress: Progress): void;
}

/** Does the work of a run. Rejects with ServiceError for what the sender should read, or with the signal's reason. */
export type Perform = (run: QueuedRun, signal: AbortSignal) => Promise<ServiceResult>;

/** A place in the queue, taken before the model is received. */
export interface Place {
  /** Waits for the run's turn, then does its work. An aborted run gives its turn to the next and leaves nothing behind. */
  perform(run: QueuedRun, signal: AbortSignal): Promise<ServiceResult>;
  /** Frees the place; a second call does nothing. */
  release(): void;
}

export interface QueueCounts {
  /** Places taken by runs whose model is on its way, or who wait for their turn. */
  readonly waiting: number;
  readonly running: number;
}

export interface RunQueue extends AsyncDisposable {
  /** A place for a run of `service`; `full` or `stopping` where none is given. */
  reserve(service: ServedService): Promise<Place | 'full' | 'stopping'>;
  readonly counts: QueueCounts;
  /** Gives no more places, and resolves when every run has ended. */
  drain(): Promise<void>;
}
