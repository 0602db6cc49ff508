// Turns an error into text. The only place that does this.

import type { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { visibleText } from '../protocol/text/json-output.js';
import { redact } from '../secret.js';
import { type Paint, PLAIN } from './colors.js';

/** Lines for a person: what failed and where, what to do next, and under `--verbose` the chain of causes. */
export function errorLines(error: BimServiceError, verbose: boolean, paint: Paint = PLAIN): string[] {
  const lines = [`${paint.error('error:')} ${visibleText(redact(error.message))}`];
  if (error.hint !== undefined)
    lines.push(
      ...visibleText(redact(error.hint))
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
