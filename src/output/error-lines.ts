// Turns an error into text, or into the JSON document that replaces the text. The only place that does this.
import { BimServiceError, messageOf } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { redact } from '../secret.js';
import { type Paint, PLAIN } from './colors.js';

/** The published shape `{"error":{…}}` (schemas/error-output.schema.json). */
export interface ErrorShape {
  code: string;
  exitCode: number;
  message: string;
  hint: string | null;
  service: string | null;
  phase: string | null;
  outcome: string | null;
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
  };
}

/** Lines for a person: what failed and where, what to do next, and under `--verbose` the chain of causes. */
export function errorLines(error: BimServiceError, verbose: boolean, paint: Paint = PLAIN): string[] {
  const lines = [`${paint.error('error:')} ${redact(error.message)}`];
  if (error.hint !== undefined)
    lines.push(
      ...redact(error.hint)
        .split('\n')
        .map((line) => `  ${line}`),
    );
  if (!verbose) return lines;
  for (let cause = error.cause, depth = 0; cause !== undefined && depth < 5; depth += 1) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    lines.push(
      ...redact(`caused by: ${text}`)
        .split('\n')
        .map((line) => `  ${cleanText(line, 300)}`),
    );
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}
