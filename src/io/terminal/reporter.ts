// Writes lines for a person to stderr: redacted, and with colors when wanted.

import type { Reporter } from '../../core/ports/terminal.js';
import { visibleText } from '../../protocol/text/json-output.js';
import { redact } from '../../secret.js';

export interface LineOutput {
  write(text: string): boolean;
}

export interface ReporterOptions {
  quiet: boolean;
  verbose: boolean;
  paint: { warning(text: string): string; done(text: string): string; debug(text: string): string };
}

export interface LineReporter extends Reporter {
  /** `SUBJECT: done (DETAILS)`, like `info`, with the word in its color. */
  done(subject: string, details: string): void;
}

/** A Reporter that writes lines to `output`. Secrets are redacted from every line. */
export function createReporter(
  output: LineOutput,
  options: ReporterOptions,
  around: (write: () => void) => void,
): LineReporter {
  const line = (text: string) => around(() => output.write(`${text}\n`));
  return {
    info: (text) => {
      if (!options.quiet) line(safe(text));
    },
    done: (subject, details) => {
      if (!options.quiet) line(`${safe(subject)}: ${options.paint.done('done')} (${safe(details)})`);
    },
    warn: (text) => line(`${options.paint.warning('warning:')} ${safe(text)}`),
    instruct: (text) => line(safe(text)),
    debug: (text) => {
      if (options.verbose) line(options.paint.debug(safe(text)));
    },
  };
}

/** Without secrets, and without characters that move or hide text: what a person typed is echoed here, too. */
function safe(text: string): string {
  return visibleText(redact(text));
}
