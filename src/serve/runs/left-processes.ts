// Finds the processes of runs that left their process group, by the variable that all of them inherit (Linux).

import { readdir, readFile } from 'node:fs/promises';
import type { Processes } from '../../core/ports/processes.js';

/** Each command gets the id of its run in this variable. */
export const RUN_VARIABLE = 'REQUEST_ID';

const BEGINNING = `${RUN_VARIABLE}=`;

/** A process that is ended may just have started another one: it is looked for this often. */
const ROUNDS = 3;

/**
 * Ends every process of these runs. `sincePid`: only processes with a higher id, which is quick; 0: all. Never rejects. On a
 * system without /proc it finds nothing.
 */
export async function endLeftProcesses(
  runIds: ReadonlySet<string>,
  sincePid: number,
  processes: Pick<Processes, 'kill'>,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = await findProcesses(runIds, sincePid);
    if (left.length === 0) return;
    for (const pid of left) processes.kill(pid);
  }
}

async function findProcesses(runIds: ReadonlySet<string>, sincePid: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    if (pid <= sincePid) continue;
    // Of another user's process nothing can be read; of one that has ended it is empty.
    const variables = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const id = variables.split('\0').find((variable) => variable.startsWith(BEGINNING));
    if (id !== undefined && runIds.has(id.slice(BEGINNING.length))) found.push(pid);
  }
  return found;
}
