// Finds the processes of runs that left their process group, by the variable that all of them inherit (Linux).

import { readdirSync, readFileSync } from 'node:fs';
import type { Processes } from '../../core/ports/processes.js';

/** Each command gets the id of its run in this variable. */
export const RUN_VARIABLE = 'REQUEST_ID';

const BEGINNING = `${RUN_VARIABLE}=`;

/** A process that is ended may just have started another one: it is looked for this often. */
const ROUNDS = 3;

/** In a run that was shorter, ms, process ids do not start again from the lowest. */
const SHORT_MS = 10_000;
/** So few processes are looked at one by one; for more, the list of all is read first. */
const FEW = 32;

/**
 * Ends every process of these runs. `since`: the first process of the only run and its time in ms, which makes the search of
 * a short run quick. Never throws. On a system without /proc it finds nothing.
 */
export function endLeftProcesses(
  runIds: ReadonlySet<string>,
  processes: Pick<Processes, 'kill'>,
  since: { readonly pid: number; readonly ms: number } | null = null,
): void {
  const firstPid = since !== null && since.ms < SHORT_MS ? since.pid + 1 : 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = pidsFrom(firstPid).filter((pid) => runIds.has(runOf(pid) ?? ''));
    if (left.length === 0) return;
    for (const pid of left) processes.kill(pid);
  }
}

/** Ids of processes from `first` on. Some of them may have ended. */
function pidsFrom(first: number): number[] {
  // The last field of proc_loadavg(5) is the id that was given last.
  const last = Number(textOf('/proc/loadavg').trim().split(' ').at(-1) || Number.NaN);
  if (last >= first - 1 && last - first < FEW)
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const pids = namesIn('/proc').map(Number);
  // A lower id: they have started again from the lowest.
  return last < first - 1 ? pids : pids.filter((pid) => pid >= first);
}

/** The run that a process belongs to. Of another user's process nothing can be read; of one that has ended it is empty. */
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

/** /proc is in the memory of the kernel: to read it takes less time than to ask a thread for it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
