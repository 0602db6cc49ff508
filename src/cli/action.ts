// What the files of the command tree say to each other.
import type { Context } from '../context.js';
import type { Runtime } from '../runtime.js';

/** What a command's file exports. Commander has checked and parsed the options that `Options` describes. */
export type Action<Options> = (context: Context, args: string[], options: Options) => Promise<void>;

/** Makes commander's action of a command's own code, which is loaded when the command runs. */
export type Run = <Options extends object>(
  load: () => Promise<Action<Options>>,
) => (...all: unknown[]) => Promise<void>;

/** Runs a whole command line, as the demo does for each of its steps. */
export type RunLine = (argv: readonly string[], runtime: Runtime) => Promise<number>;

/** How every command describes its argument SERVICE. */
export const SERVICE = 'id, name, beginning of either, or resource URL';
