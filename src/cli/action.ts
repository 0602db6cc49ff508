// The types that the files of the command tree share.
import type { Context } from '../context.js';
import type { Runtime } from '../runtime.js';

/** What the file of a command exports. Commander has checked and parsed the options that `Options` describes. */
export type Action<Options> = (context: Context, args: string[], options: Options) => Promise<void>;

/** Makes a commander action from a command's own code, which is loaded when the command runs. */
export type RunAction = <Options extends object>(
  load: () => Promise<Action<Options>>,
) => (...all: unknown[]) => Promise<void>;

/** Runs a whole command line; the demo uses it for each of its steps. */
export type RunLine = (argv: readonly string[], runtime: Runtime) => Promise<number>;

/** The description of the argument SERVICE in every command. */
export const SERVICE = 'id, name, beginning of either, or resource URL';
