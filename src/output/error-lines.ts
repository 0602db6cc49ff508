// Turns an error into text. The only place that does this.

import type { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { visibleText } from '../protocol/text/json-output.js';
import { wrapWords } from '../protocol/text/wrap.js';
import { redact } from '../secret.js';
import { type Paint, PLAIN } from './colors.js';

export interface ErrorLinesOptions {
  paint?: Paint;
  /** Lines are wrapped at blanks for a terminal of so many columns. Default: not wrapped. */
  columns?: number;
  /** Which of several files the error is about, as typed and clean; it is not repeated where the message begins with it. */
  subject?: string;
}

/** Lines for a person: what failed and where, what to do next, and under `--verbose` the chain of causes. */
export function errorLines(
  error: BimServiceError,
  verbose: boolean,
  { paint = PLAIN, columns = Number.POSITIVE_INFINITY, subject }: ErrorLinesOptions = {},
): string[] {
  const message = visibleText(redact(error.message));
  const isNamed = subject === undefined || withoutSubject(message, subject) !== message;
  const before = isNamed ? 'error: ' : `${visibleText(subject)}: error: `;
  const [first = '', ...more] = wrapWords(`${before}${message}`, columns, '  ');
  const lines = [
    first.startsWith(before.trimEnd()) ? first.replace('error:', paint.error('error:')) : first,
    ...more,
  ];
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

/** The rest of a message that begins with the path of `subject`; otherwise the message. */
export function withoutSubject(message: string, subject: string): string {
  const at = message.indexOf(`${subject} `);
  const path = message.slice(0, Math.max(0, at) + subject.length);
  // Messages name a model by its whole path, and a person types a part of it.
  const isPath =
    at === 0 || (at > 0 && /^(?:[/\\]|[A-Za-z]:)/.test(path) && /[/\\]/.test(message.charAt(at - 1)));
  return isPath ? message.slice(path.length + 1) : message;
}
