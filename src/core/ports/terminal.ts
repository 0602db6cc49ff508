// Messages to a person, and prompts, on stderr.

export interface Prompter {
  /** A line that may contain a secret; it is not echoed. */
  askSecret(question: string, signal: AbortSignal): Promise<string>;
  /** `byDefault`: what Enter alone means; no, unless yes is what almost everyone means. */
  confirm(question: string, signal: AbortSignal, byDefault?: boolean): Promise<boolean>;
  choose(question: string, choices: readonly string[], signal: AbortSignal): Promise<number>;
}

/** Messages to a person on stderr. */
export interface Reporter {
  /** A line for the person. Not shown with `--quiet`. */
  info(line: string): void;
  /** A line that is shown even with `--quiet`. */
  warn(line: string): void;
  /**
   * An instruction that the person must follow to continue; shown even with `--quiet`. `quietLine`: shown in its place
   * then, where `line` refers to an `info` that was not shown.
   */
  instruct(line: string, quietLine?: string): void;
  /** Shown with `--verbose`; secret values are redacted. */
  debug(line: string): void;
}
