// Writes lines for a person to stderr: redacted, and with colors when wanted.

import type { Clock } from '../../core/ports/system.js';
import type { Reporter } from '../../core/ports/terminal.js';
import { visibleText } from '../../protocol/text/json-output.js';
import { wrapWords } from '../../protocol/text/wrap.js';
import { redact } from '../../secret.js';

/** Takes a text that is clean and without secrets; it may have several lines. */
export type Log = (text: string) => void;

export interface LineOutput {
  write(text: string): boolean;
}

export interface ReporterOptions {
  quiet: boolean;
  verbose: boolean;
  clock: Clock;
  /** How wide `output` is; Infinity when it is no terminal. Lines are wrapped at blanks. */
  columns: () => number;
  /** Takes every line, also those that `quiet` and the lack of `verbose` keep from `output`. */
  log: Log | null;
  paint: { warning(text: string): string; done(text: string): string; debug(text: string): string };
}

export interface LineReporter extends Reporter {
  /** `SUBJECT: done (DETAILS)`, like `info`, with the word in its color. */
  done(subject: string, details: string): void;
  /** A line for the log file only: it is shown in another way. */
  logOnly(text: string): void;
  /** From now on `write` gets the lines of `info`, `instruct` and `warn` that would be shown: they belong to a log of another form. */
  divert(write: (level: Level, text: string) => void): void;
}

export type Level = 'info' | 'warning';

/** A Reporter that writes lines to `output`. Secrets are redacted from every line. */
export function createReporter(
  output: LineOutput,
  options: ReporterOptions,
  around: (write: () => void) => void,
): LineReporter {
  const line = (text: string) => around(() => output.write(`${text}\n`));
  let diverted: ((level: Level, text: string) => void) | null = null;
  const show = (level: Level, text: string, shown: () => string): void => {
    if (diverted === null) line(shown());
    else diverted(level, safe(text));
  };
  const wrapped = (text: string) =>
    text
      .split('\n')
      .flatMap((each) => wrapWords(each, options.columns()))
      .join('\n');
  const log = (text: string) => options.log?.(safe(text));
  return {
    info: (text) => {
      log(text);
      if (!options.quiet) show('info', text, () => wrapped(safe(text)));
    },
    done: (subject, details) => {
      log(`${subject}: done (${details})`);
      if (options.quiet) return;
      const text = wrapped(`${safe(subject)}: done (${safe(details)})`);
      line(text.replace(/: done(?= \()/, `: ${options.paint.done('done')}`));
    },
    warn: (text) => {
      log(`warning: ${text}`);
      show('warning', text, () =>
        wrapped(`warning: ${safe(text)}`).replace(/^warning:/, options.paint.warning('warning:')),
      );
    },
    instruct: (text, quietText = text) => {
      log(text);
      const shown = options.quiet ? quietText : text;
      show('info', shown, () => wrapped(safe(shown)));
    },
    debug: (text) => {
      log(text);
      if (options.verbose) line(options.paint.debug(`${timeOfDay(options.clock.now())} ${safe(text)}`));
    },
    logOnly: log,
    divert: (write) => {
      diverted = write;
    },
  };
}

/** `16:58:43.071`, in local time. */
function timeOfDay(now: number): string {
  const date = new Date(now);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Without secrets, and without characters that move or hide text: what a person typed is echoed here, too. */
function safe(text: string): string {
  return visibleText(redact(text));
}
