// The conversation on stderr: lines for a person, redacted, coloured only where that is wanted.

import type { Reporter } from '../../core/ports/terminal.js';
import { redact } from '../../secret.js';

export interface LineOutput {
  write(text: string): boolean;
}

/** Colours for the kinds of lines; plain text where none are wanted. */
export interface Paint {
  warning(text: string): string;
  debug(text: string): string;
}

export interface ReporterOptions {
  quiet: boolean;
  verbose: boolean;
  paint: Paint;
}

/** Where a line above a progress display goes, so that the two do not overwrite each other. */
export type LineSink = (line: string) => void;

/** A Reporter that writes lines to `output`. Every line passes the redaction of secrets. */
export function createReporter(
  output: LineOutput,
  options: ReporterOptions,
  around: (write: () => void) => void,
): Reporter {
  const line = (text: string) => around(() => output.write(`${redact(text)}\n`));
  return {
    info: (text) => {
      if (!options.quiet) line(text);
    },
    warn: (text) => line(options.paint.warning(`warning: ${text}`)),
    instruct: line,
    debug: (text) => {
      if (options.verbose) line(options.paint.debug(text));
    },
  };
}
