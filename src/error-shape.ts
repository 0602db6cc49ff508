// An error as data: the JSON for stdout and for a receipt.
import { BimServiceError, messageOf } from './errors.js';
import { cleanText } from './protocol/text/clean-text.js';
import { redact } from './secret.js';

/** The published shape `{"error":{…}}` (schemas/error-output.schema.json). */
export interface ErrorShape {
  code: string;
  exitCode: number;
  message: string;
  hint: string | null;
  service: string | null;
  phase: string | null;
  outcome: string | null;
  retryAfterSeconds: number | null;
  keptAs: string | null;
}

/** Any thrown value as a BimServiceError; an error of another class is a defect (exit 1). */
export function asBimServiceError(error: unknown): BimServiceError {
  if (error instanceof BimServiceError) return error;
  const message = messageOf(error);
  return new BimServiceError('internal', `internal error: ${cleanText(message, 300)}`, {
    hint: 'This is a defect of bimservice; please report it with the output of --verbose.',
    cause: error,
  });
}

export function errorShape(error: BimServiceError): ErrorShape {
  return {
    code: error.code,
    exitCode: error.exitCode,
    message: redact(error.message),
    hint: error.hint === undefined ? null : redact(error.hint),
    service: error.service ?? null,
    phase: error.phase ?? null,
    outcome: error.outcome ?? null,
    retryAfterSeconds: error.retryAfterSeconds ?? null,
    keptAs: error.keptAs === undefined ? null : redact(error.keptAs),
  };
}
