// A run of a command as data: the process that runs commands gets it and gives its end back.

import type { Progress } from '../service/served-service.js';

export interface CommandRun {
  readonly runId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the command reads; null: nothing. */
  readonly stdin: string | null;
  /** Where its stdout is written; null: it is discarded. */
  readonly stdout: string | null;
  readonly folder: string;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  /** Most bytes of all files in the folder, the model among them. */
  readonly maxDiskBytes: number;
}

export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** Why we ended it, or null. */
  readonly stopped: 'timeout' | 'disk' | null;
  /** The last lines of stderr, cleaned. */
  readonly lines: readonly string[];
}

/** The command was not started; the message says why, in words for an operator. */
export class CommandNotStarted extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CommandNotStarted';
  }
}

export interface RunControl {
  /** Ends the command. */
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** Rejects with CommandNotStarted, or with the reason of the signal once the command has ended. */
export type RunCommand = (run: CommandRun, control: RunControl) => Promise<CommandEnd>;

/** What the process that runs commands gets: a run and its number, or the number of a run that is to be stopped. */
export type ToRunner = { readonly id: number; readonly run: CommandRun } | { readonly id: number };

/** What it gives back. After `end`, `notStarted` or `aborted` there is nothing more of that run. */
export type FromRunner =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly end: CommandEnd }
  | { readonly id: number; readonly notStarted: string }
  | { readonly id: number; readonly aborted: true };
