// What a watch reports while it goes on.
import type { BimServiceError } from '../../errors.js';
import type { ModelRun } from '../invocation/run-model.js';
import type { PauseReason } from './pauses.js';

export type WatchEvent =
  /** A new revision waits. `replaces`: the hash of the one that waited until now and is not run. */
  | { event: 'queued'; path: string; hash: string; replaces: string | null }
  | { event: 'unchanged'; path: string; hash: string }
  /** The model has again the content of an earlier revision: `latest` points to its result. */
  | { event: 'returned'; path: string; hash: string; folder: string }
  | { event: 'not-ready'; path: string; why: string }
  /** The revision was in hand when the last watch ended, and runs again. */
  | { event: 'repeated'; path: string }
  | { event: 'result'; path: string; hash: string; folder: string; run: ModelRun }
  /** Nothing runs for `ms`; then the first of `waiting` revisions is tried. `isLast`: it is not, the watch ends. */
  | {
      event: 'paused';
      reason: PauseReason;
      ms: number;
      waiting: number;
      isLast: boolean;
      error: BimServiceError;
    }
  | { event: 'resumed'; reason: PauseReason }
  | { event: 'away'; path: string; why: string }
  | { event: 'back'; path: string }
  | { event: 'conflict-copy'; path: string };
