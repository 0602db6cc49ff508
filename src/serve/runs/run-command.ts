// Runs one command to its end: in a process group of its own, with limits, and without leaving a process behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { onAbort } from '../../abort.js';
import type { ProcessEnds } from '../../core/ports/processes.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import { type CommandEnd, CommandNotStarted, type CommandRun, type RunControl } from './command-run.js';
import { folderBytes } from './folder-bytes.js';
import { endLeftProcesses, RUN_VARIABLE } from './left-processes.js';
import { StderrReader } from './stderr-reader.js';
import { noteProcess } from './work-folders.js';

/** From TERM to KILL, ms. */
const GRACE_MS = 5000;
/** Pipes may be held open by a process that was not found; they are waited for this long, ms. */
const PIPES_MS = 1000;
/** The disk that a run takes is measured this often, ms. */
const MEASURE_MS = 250;

/** In a run that was shorter, ms, process ids do not start again from the lowest. */
const SHORT_MS = 10_000;

/** Rejects with CommandNotStarted, or with the reason of the signal once the command has ended. */
export async function runCommand(
  run: CommandRun,
  control: RunControl,
  processes: ProcessEnds,
): Promise<CommandEnd> {
  control.signal.throwIfAborted();
  return superviseCommand(startCommand(run), run, control, processes);
}

/** Short calls to the system that wait: the process that runs commands has little else to do, and each thread costs more. */
function startCommand(run: CommandRun): ChildProcess {
  const files: number[] = [];
  const openFile = (path: string | null, flags: string): number | 'ignore' => {
    if (path === null) return 'ignore';
    files.push(openSync(path, flags, 0o600));
    return files.at(-1) ?? 'ignore';
  };
  try {
    const [program = '', ...words] = run.argv;
    return spawn(program, words, {
      cwd: run.cwd,
      env: { ...run.env, [RUN_VARIABLE]: run.runId },
      // A group of its own: what it starts is ended with it.
      detached: true,
      windowsHide: true,
      stdio: [openFile(run.stdin, 'r'), openFile(run.stdout, 'wx'), 'pipe'],
    });
  } catch (error) {
    throw notStarted(error);
  } finally {
    for (const file of files) closeSync(file);
  }
}

async function superviseCommand(
  child: ChildProcess,
  run: CommandRun,
  { signal, onProgress }: RunControl,
  processes: ProcessEnds,
): Promise<CommandEnd> {
  const reader = new StderrReader(onProgress);
  child.stderr?.on('data', (chunk: Uint8Array) => reader.write(chunk));
  child.stderr?.on('error', () => {});
  const ended = new Promise<{ code: number | null; exitSignal: string | null }>((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(error)));
    child.once('exit', (code, exitSignal) => resolve({ code, exitSignal }));
  });
  const { pid } = child;
  // It has not started: `ended` rejects.
  if (pid === undefined) return ended.then(() => Promise.reject(new CommandNotStarted('no process id')));
  noteProcess(run.folder, pid);

  const began = performance.now();
  let stopped: CommandEnd['stopped'] = null;
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (kill !== undefined) return;
    processes.signalGroup(pid, 'SIGTERM');
    kill = setTimeout(() => processes.signalGroup(pid, 'SIGKILL'), GRACE_MS);
  };
  const stopFor = (reason: 'timeout' | 'disk'): void => {
    stopped ??= reason;
    stop();
  };
  const timeout =
    run.timeoutMs === null ? undefined : setTimeout(stopFor, Math.min(run.timeoutMs, 2 ** 31 - 1), 'timeout');
  const measure = setInterval(async () => {
    if ((await folderBytes(run.folder)) > run.maxDiskBytes) stopFor('disk');
  }, MEASURE_MS);
  using _ = onAbort(signal, stop);
  try {
    const { code, exitSignal } = await ended;
    // What it left in the background is not waited for.
    processes.signalGroup(pid, 'SIGKILL');
    const sincePid = performance.now() - began < SHORT_MS ? pid : 0;
    endLeftProcesses(new Set([run.runId]), sincePid, processes);
    await closed(child);
    signal.throwIfAborted();
    if (stopped === null && (await folderBytes(run.folder)) > run.maxDiskBytes) stopped = 'disk';
    return { exitCode: code, exitSignal, stopped, lines: reader.end() };
  } finally {
    clearTimeout(kill);
    clearTimeout(timeout);
    clearInterval(measure);
  }
}

async function closed(child: ChildProcess): Promise<void> {
  const { stderr } = child;
  if (stderr === null || stderr.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PIPES_MS);
    stderr.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  stderr.destroy();
}

function notStarted(error: unknown): CommandNotStarted {
  const code = systemErrorCode(error);
  if (code === 'ENOENT') return new CommandNotStarted('it was not found');
  if (code === 'EACCES') return new CommandNotStarted('it may not be executed');
  return new CommandNotStarted(code ?? messageOf(error));
}
