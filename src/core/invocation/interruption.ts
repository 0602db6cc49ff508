// The message after Ctrl-C: the outcome of the job. The receipt has the same words.
import { BimServiceError, type Outcome } from '../../errors.js';
import { bytesText } from '../../protocol/text/clean-text.js';

export interface InterruptedRun {
  outcome: Outcome;
  sentBytes: number;
  /** The size of the model in bytes; null when unknown. */
  length: number | null;
  /** False while the model was still being sent. */
  wasSent: boolean;
  isSaved: boolean;
}

export function isInterruption({ code }: BimServiceError): boolean {
  return code === 'interrupted' || code === 'terminated';
}

/** `error` (an interruption) with its meaning for the job. */
export function interruptionOf(error: BimServiceError, run: InterruptedRun): BimServiceError {
  const { code, service, phase, cause } = error;
  const { outcome } = run;
  return new BimServiceError(code, `${code} ${meaningOf(run)}`, {
    outcome,
    cause,
    ...(service === undefined ? {} : { service }),
    ...(phase === undefined ? {} : { phase }),
    ...(outcome === 'unknown' ? { hint: 'Look at the service before you send the model again.' } : {}),
  });
}

function meaningOf({ outcome, sentBytes, length, wasSent, isSaved }: InterruptedRun): string {
  if (isSaved) return 'after the result was saved';
  switch (outcome) {
    case 'not-sent':
      return 'before the model was sent';
    case 'refused':
      return 'after the service refused the model';
    case 'done':
      return 'while the result arrived: the service has done the job, and nothing was saved';
    case 'unknown': {
      if (wasSent) return 'after the model was sent: the service may have run it';
      const total = length === null ? '' : ` of ${bytesText(length)}`;
      return `while the model was being sent (${bytesText(sentBytes)}${total}): the service has only a part of it`;
    }
  }
}
