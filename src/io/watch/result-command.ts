// Runs the command of `--on-result`: without a shell, in a process group of its own, and with what it prints passed on.

import { spawn } from 'node:child_process';
import { onAbort } from '../../abort.js';
import type { Processes } from '../../core/ports/processes.js';

/** From TERM to KILL, ms. */
const GRACE_MS = 2000;

export interface ResultCommand {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Hears everything that it prints, on both of its outputs. */
  onOutput: (chunk: Uint8Array) => void;
}

/** Its exit code; null where a signal ended it. Rejects with the system's error where it cannot be started. */
export async function runResultCommand(
  { argv, cwd, env, onOutput }: ResultCommand,
  processes: Pick<Processes, 'signalGroup'>,
  signal: AbortSignal,
): Promise<number | null> {
  const [program = '', ...words] = argv;
  const child = spawn(program, words, {
    cwd,
    env: { ...env },
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    // What it leaves in the background may keep its outputs open, and is not waited for.
    child.once('exit', resolve);
  });
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    const { pid } = child;
    if (pid === undefined) return;
    processes.signalGroup(pid, 'SIGTERM');
    kill = setTimeout(() => processes.signalGroup(pid, 'SIGKILL'), GRACE_MS);
  };
  using _ = onAbort(signal, stop);
  try {
    return await ended;
  } finally {
    clearTimeout(kill);
  }
}
