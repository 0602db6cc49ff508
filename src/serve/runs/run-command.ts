// Runs one command to its end: in a process group of its own, with limits, and without leaving a process behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs';
import { onAbort } from '../../abort.js';
import type { ProcessEnds } from '../../core/ports/processes.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import { type CommandEnd, CommandNotStarted, type CommandRun, type RunControl } from './command-run.js';
import { fileBytes, folderBytes } from './folder-bytes.js';
import { endLeftProcesses, RUN_VARIABLE } from './left-processes.js';
import { StderrReader } from './stderr-reader.js';
import { noteProcess } from './work-folders.js';

/** From TERM to KILL, ms. */
const GRACE_MS = 5000;
/** Pipes may be held open by a process that was not found; they are waited for this long, ms. */
const PIPES_MS = 1000;
/** The disk that a run takes is measured this often, ms, and where that takes long, for a tenth of the time. */
const MEASURE_MS = 250;
const MEASURE_SHARE = 10;
/** The process of a command that runs longer than this, ms, is recorded for the case that everything is killed. */
const NOTE_MS = 250;

/**
 * Rejects with CommandNotStarted, or with the reason of the signal once the command has ended. It waits for short calls to the
 * system: the process that runs commands has little else to do, and to ask a thread for them takes longer.
 */
export async function runCommand(
  run: CommandRun,
  control: RunControl,
  processes: ProcessEnds,
): Promise<CommandEnd> {
  control.signal.throwIfAborted();
  let model: Stats;
  let child: ChildProcess;
  try {
    model = statSync(run.model);
    if (run.workdir !== run.folder) mkdirSync(run.workdir);
    if (model.size > 0) child = startCommand(run);
    else throw new CommandNotStarted('The model is empty');
  } catch (error) {
    throw notStarted(error);
  }
  // The model is in the folder too, and the command has not written it.
  const limited = { ...run, maxDiskBytes: run.maxDiskBytes + fileBytes(model) };
  return superviseCommand(child, limited, control, processes);
}

function startCommand(run: CommandRun): ChildProcess {
  const [program = '', ...words] = run.argv;
  const stdin = run.takesStdin ? openSync(run.model, 'r') : null;
  const stdout = run.givesStdout ? openSync(run.output, 'wx', 0o600) : null;
  try {
    return spawn(program, words, {
      cwd: run.cwd,
      env: { ...run.env, [RUN_VARIABLE]: run.runId },
      // A group of its own: what it starts is ended with it.
      detached: true,
      windowsHide: true,
      stdio: [stdin ?? 'ignore', stdout ?? 'ignore', 'pipe'],
    });
  } finally {
    for (const file of [stdin, stdout]) if (file !== null) closeSync(file);
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
  if (pid === undefined) return ended.then(() => Promise.reject(CommandNotStarted.because('no process id')));
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
  let measuring: NodeJS.Timeout | undefined;
  const planMeasure = (lastTook: number): void => {
    measuring = setTimeout(
      () => {
        const since = performance.now();
        if (folderBytes(run.folder) > run.maxDiskBytes) stopFor('disk');
        planMeasure(performance.now() - since);
      },
      MEASURE_MS + MEASURE_SHARE * lastTook,
    );
  };
  planMeasure(0);
  // Not at once: most commands have ended before, and a file takes the disk some time.
  const noting = setTimeout(noteProcess, NOTE_MS, run.folder, pid);
  using _ = onAbort(signal, stop);
  try {
    const { code, exitSignal } = await ended;
    // What it left in the background is not waited for.
    processes.signalGroup(pid, 'SIGKILL');
    endLeftProcesses(new Set([run.runId]), processes, { pid, ms: performance.now() - began });
    await closed(child);
    signal.throwIfAborted();
    if (stopped === null && folderBytes(run.folder) > run.maxDiskBytes) stopped = 'disk';
    return { exitCode: code, exitSignal, stopped, lines: reader.end(), outputBytes: lengthOf(run.output) };
  } finally {
    clearTimeout(kill);
    clearTimeout(timeout);
    clearTimeout(measuring);
    clearTimeout(noting);
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

/** Null where there is no such file, or none that can be read. */
function lengthOf(path: string): number | null {
  try {
    const status = statSync(path);
    if (!status.isFile()) return null;
    closeSync(openSync(path, 'r'));
    return status.size;
  } catch {
    return null;
  }
}

function notStarted(error: unknown): CommandNotStarted {
  if (error instanceof CommandNotStarted) return error;
  const code = systemErrorCode(error);
  if (code === 'ENOENT') return CommandNotStarted.because('it was not found');
  if (code === 'EACCES') return CommandNotStarted.because('it may not be executed');
  return CommandNotStarted.because(code ?? messageOf(error));
}
