// One folder for each run, removed when the run has ended. The next start removes the folders of a killed server.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessEnds } from '../../core/ports/processes.js';
import { readMembers } from '../store/members.js';
import { endLeftProcesses } from './left-processes.js';
import { removeFolder } from './remove-folder.js';
import type { RunFolder } from './run-queue.js';

/** Records which process group works in a folder. */
const PROCESS_FILE = '.running.json';

export interface WorkFolder extends RunFolder, AsyncDisposable {}

export class WorkFolders {
  private constructor(private readonly root: string) {}

  /**
   * Uses `root`, which is created if needed. No other server may use it. Ends the processes of runs that an earlier server
   * left in it, and removes their folders; `onLeft` hears of those that cannot be removed. Rejects with the system's error.
   */
  static async open(
    root: string,
    processes: ProcessEnds,
    onLeft: (path: string, error: unknown) => void = () => {},
  ): Promise<WorkFolders> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const names = await readdir(root);
    endRuns(
      names.map((runId) => ({ runId, folder: join(root, runId) })),
      processes,
    );
    for (const path of names.map((name) => join(root, name))) {
      await removeFolder(path).catch((error: unknown) => onLeft(path, error));
    }
    return new WorkFolders(root);
  }

  /** It is made when its path is read first, which throws the system's error. */
  create(runId: string): WorkFolder {
    const path = join(this.root, runId);
    let isMade = false;
    return {
      get path() {
        // A short call, like those of SQLite on the same disk: to ask a thread for it takes five times as long.
        if (!isMade) mkdirSync(path, { mode: 0o700 });
        isMade = true;
        return path;
      },
      async [Symbol.asyncDispose]() {
        if (isMade) await removeFolder(path);
      },
    };
  }
}

/** Records that the process group of `pid` works in `folder`. A folder that is being removed needs no record. */
export function noteProcess(folder: string, pid: number): void {
  const text = JSON.stringify({ pid, startedAt: startOf(pid) });
  try {
    writeFileSync(join(folder, PROCESS_FILE), text, { mode: 0o600 });
  } catch {
    // Without it the processes are found by their environment.
  }
}

/** Ends the processes of runs that nothing supervises any more. */
export function endRuns(
  runs: ReadonlyArray<{ readonly runId: string; readonly folder: string }>,
  processes: ProcessEnds,
): void {
  if (runs.length === 0) return;
  for (const { folder } of runs) endLeftGroup(folder, processes);
  endLeftProcesses(new Set(runs.map(({ runId }) => runId)), processes);
}

function endLeftGroup(folder: string, processes: ProcessEnds): void {
  let noted: Record<string, unknown>;
  try {
    noted = readMembers(JSON.parse(readFileSync(join(folder, PROCESS_FILE), 'utf8')));
  } catch {
    return;
  }
  const { pid, startedAt } = noted;
  // Process ids are reused: without the start time the owner of this id is unknown.
  if (typeof pid !== 'number' || typeof startedAt !== 'string') return;
  if (startOf(pid) === startedAt) processes.signalGroup(pid, 'SIGKILL');
}

/** The id of this boot of the machine. */
let boot: string | undefined;

/** When a process started, in ticks since the boot and with the id of the boot; null when the system does not report it. */
function startOf(pid: number): string | null {
  try {
    // Both are in the memory of the kernel: to read them takes less time than to ask a thread for it.
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // Field 22 of proc(5); the name in field 2 may contain blanks and brackets.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? null : `${boot} ${ticks}`;
  } catch {
    return null;
  }
}
