// Finds the processes of runs that left their process group, by the variable that all of them inherit (Linux).

import { readdirSync, readFileSync } from 'node:fs';
import type { Processes } from '../../core/ports/processes.js';

/** Each command gets the id of its run in this variable. */
export const RUN_VARIABLE = 'REQUEST_ID';

const BEGINNING = `${RUN_VARIABLE}=`;

/** A process that is ended may just have started another one: it is looked for this often. */
const ROUNDS = 3;

/**
 * Ends every process of these runs. `sincePid`: only processes with a higher id, which is quick; 0: all. Never throws. On a
 * system without /proc it finds nothing.
 */
export function endLeftProcesses(
  runIds: ReadonlySet<string>,
  sincePid: number,
  processes: Pick<Processes, 'kill'>,
): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = findProcesses(runIds, sincePid);
    if (left.length === 0) return;
    for (const pid of left) processes.kill(pid);
  }
}

/** /proc is in the memory of the kernel: to read it takes less time than to ask a thread for it. */
function findProcesses(runIds: ReadonlySet<string>, sincePid: number): number[] {
  const pids = namesIn('/proc').map(Number);
  // Of another user's process nothing can be read; of one that has ended it is empty.
  return pids.filter((pid) => pid > sincePid && runIds.has(runOf(pid) ?? ''));
}

/** The run that a process belongs to. */
function runOf(pid: number): string | undefined {
  const variables = textOf(`/proc/${pid}/environ`).split('\0');
  return variables.find((variable) => variable.startsWith(BEGINNING))?.slice(BEGINNING.length);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
