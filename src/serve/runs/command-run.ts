// A run of a command as data: the process that runs commands gets it and gives its end back.

import type { Progress } from '../service/served-service.js';

export interface CommandRun {
  readonly runId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the run. */
  readonly folder: string;
  /** A folder in it that is made for the command, or the folder itself. */
  readonly workdir: string;
  readonly model: string;
  /** Where the result is expected. */
  readonly output: string;
  /** The command reads the model from its stdin, and else nothing. */
  readonly takesStdin: boolean;
  /** Its stdout is the result; else it is discarded. */
  readonly givesStdout: boolean;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  /** The most bytes that it may write into the folder. */
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
  /** The length of the result; null: there is no such file. */
  readonly outputBytes: number | null;
}

/** The command was not started; the message is for the sender. */
export class CommandNotStarted extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandNotStarted';
  }

  /** `reason`: why the system does not start it. The sender cannot do anything about it, but should know that the model is not at fault. */
  static because(reason: string): CommandNotStarted {
    return new CommandNotStarted(`The command of this service cannot be started: ${reason}`);
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

/** What it gives back. After anything but `progress` there is nothing more of that run; `unknown` is a defect. */
export type FromRunner =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly end: CommandEnd }
  | { readonly id: number; readonly notStarted: string }
  | { readonly id: number; readonly aborted: true }
  | { readonly id: number; readonly unknown: string };
