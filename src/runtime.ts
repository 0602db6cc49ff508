// What a run needs from the process. `src/main.ts` builds the real one; tests build their own.

import type { Browser } from './core/ports/login.js';
import type { Processes } from './core/ports/processes.js';
import type { Clock, Random } from './core/ports/system.js';
import type { HttpLimits } from './io/http/limits.js';

export type TextOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface Runtime {
  env: Readonly<Record<string, string | undefined>>;
  stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  stdout: TextOutput;
  stderr: TextOutput;
  /** The working folder. */
  cwd: string;
  /** The file mode mask of the process. */
  umask: number;
  pid: number;
  /** True when a process with that id runs on this machine. */
  isAlive: (pid: number) => boolean;
  /** Aborted with a BimServiceError `interrupted` or `terminated`. */
  signal: AbortSignal;
  clock: Clock;
  random: Random;
  limits: HttpLimits;
  /** For `serve`. */
  processes: Processes;
  /** Set by tests that replace the browser. */
  browser?: Browser;
  /** Version of this program, from its package.json. */
  version: string;
}
