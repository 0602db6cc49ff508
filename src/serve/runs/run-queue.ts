// The queue of runs. One machine has its own queue; several machines can share one, with workers elsewhere.

import type { Progress, ServedService, ServiceResult } from '../service/served-service.js';
import type { ReceivedModel } from './received-model.js';

/** The folder of a run, which is made when its path is read first. */
export interface RunFolder {
  readonly path: string;
}

/** A run whose model has arrived. */
export interface QueuedRun {
  readonly id: string;
  readonly serviceId: string;
  readonly inputType: string | null;
  /** The whole model. */
  readonly model: ReceivedModel;
  /** The result is written into it. */
  readonly folder: RunFolder;
  progress(progress: Progress): void;
}

/** Does the work of a run. Rejects with ServiceError for a message to the sender, or with the signal's reason. */
export type Perform = (run: QueuedRun, signal: AbortSignal) => Promise<ServiceResult>;

/** A place in the queue, reserved before the model is received. */
export interface Place {
  /** Waits for the run's turn, then does its work. An aborted run passes its turn on and leaves nothing behind. */
  perform(run: QueuedRun, signal: AbortSignal): Promise<ServiceResult>;
  /** Frees the place; a second call does nothing. */
  release(): void;
}

export interface QueueCounts {
  /** The places of runs whose model is arriving, or that wait for their turn. */
  readonly waiting: number;
  readonly running: number;
  /** Runs that no worker has finished, where several machines work together. */
  readonly givenUp?: number;
}

export interface RunQueue extends AsyncDisposable {
  /**
   * A place for a run of `service`; otherwise why there is none: `no-worker` when none of the workers does that service. Rejects
   * with StoreError when the queue cannot be reached.
   */
  reserve(service: ServedService): Promise<Place | 'full' | 'stopping' | 'no-worker'>;
  readonly counts: QueueCounts;
  /** Reserves no more places, and resolves when every run has ended. */
  drain(): Promise<void>;
}
