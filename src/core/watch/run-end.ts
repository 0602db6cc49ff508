// What the end of a run means for a watch: final for this revision, or something that passes.
import type { BimServiceError, Outcome } from '../../errors.js';
import { isInterruption } from '../invocation/interruption.js';
import type { PauseReason } from './pauses.js';

export interface EndedRun {
  outcome: Outcome;
  /** The status of the response; null when there was none. */
  status: number | null;
  error: BimServiceError | null;
}

export type EndKind =
  /** The service has judged the revision, or may have run it. */
  | { kind: 'final' }
  /** Nothing ran, and the reason is not the model. */
  | { kind: 'again'; reason: PauseReason }
  /** The file changed or disappeared meanwhile. */
  | { kind: 'changed' }
  | { kind: 'interrupted' };

const OF_RESULTS = new Set(['result-not-writable', 'store-not-writable', 'folder-missing']);

export function endOf({ outcome, status, error }: EndedRun): EndKind {
  if (error === null) return { kind: 'final' };
  if (isInterruption(error)) return { kind: 'interrupted' };
  if (error.code === 'model-changed' || error.code === 'model-unreadable') return { kind: 'changed' };
  if (error.exitCode === 4) return { kind: 'again', reason: 'token' };
  const nothingRan = outcome === 'not-sent' || outcome === 'refused';
  if (error.exitCode === 5 && nothingRan) return { kind: 'again', reason: 'service' };
  if (nothingRan && (status === 429 || status === 503)) return { kind: 'again', reason: 'service' };
  if (outcome === 'not-sent' && OF_RESULTS.has(error.code)) return { kind: 'again', reason: 'results' };
  return { kind: 'final' };
}
