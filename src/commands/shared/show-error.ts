// Shows an error that does not end the command: one of several models, results, stores or tries.
import type { Context } from '../../context.js';
import type { BimServiceError } from '../../errors.js';
import { errorLines } from '../../output/error-lines.js';
import { columnsOf } from '../../protocol/text/wrap.js';
import { completeHint } from './next-step.js';

export interface ShownWith {
  /** Which of several files the error is about; clean text. */
  subject?: string | undefined;
  /** One more line, for example when the next try is. */
  after?: string;
}

/** Writes the lines of `error` to stderr, also beside a progress display, and logs it with its causes. */
export function showError(
  context: Context,
  error: BimServiceError,
  { subject, after }: ShownWith = {},
): void {
  const { reporter, options, paint, withoutDisplay } = context;
  const { stderr } = context.runtime;
  completeHint(error, context);
  const about = subject === undefined ? {} : { subject };
  const more = after === undefined ? [] : [after];
  reporter.logOnly([...errorLines(error, true, about), ...more].join('\n'));
  const columns = columnsOf(stderr);
  const lines = [...errorLines(error, options.verbose ?? false, { paint, columns, ...about }), ...more];
  withoutDisplay(() => void stderr.write(lines.map((line) => `${line}\n`).join('')));
}
