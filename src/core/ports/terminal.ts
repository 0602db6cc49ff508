// The conversation with a person on stderr.

export interface Prompter {
  /** True where stdin and stderr are terminals and `--no-input` was not given. */
  readonly interactive: boolean;
  /** A line that may hold a secret; not echoed. */
  askSecret(question: string, signal: AbortSignal): Promise<string>;
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
  choose(question: string, choices: readonly string[], signal: AbortSignal): Promise<number>;
}

/** The conversation on stderr. */
export interface Reporter {
  /** A line the person should read. Silent under `--quiet`. */
  info(line: string): void;
  /** A line that stays even under `--quiet`. */
  warn(line: string): void;
  /** What a person has to read or nothing goes on: stays under `--quiet`, too. */
  instruct(line: string): void;
  /** Shown under `--verbose`; secrets are redacted by value. */
  debug(line: string): void;
}
