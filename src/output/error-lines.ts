// Turns an error into text. The only place that does this.

import type { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { visibleText } from '../protocol/text/json-output.js';
import { wrapWords } from '../protocol/text/wrap.js';
import { redact } from '../secret.js';
import { type Paint, PLAIN } from './colors.js';

/**
 * Lines for a person: what failed and where, what to do next, and under `--verbose` the chain of causes. Wrapped at blanks
 * for a terminal of `columns`.
 */
export function errorLines(
  error: BimServiceError,
  verbose: boolean,
  paint: Paint = PLAIN,
  columns: number = Number.POSITIVE_INFINITY,
): string[] {
  const [first = '', ...more] = wrapWords(`error: ${visibleText(redact(error.message))}`, columns, '  ');
  const lines = [first.replace(/^error:/, paint.error('error:')), ...more];
  if (error.hint !== undefined)
    lines.push(
      ...visibleText(redact(error.hint))
        .split('\n')
        .flatMap((line) => wrapWords(`  ${line}`, columns, '  ')),
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
