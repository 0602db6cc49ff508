// Runs one command to its end: in a process group of its own, with limits, and without leaving a process behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { onAbort } from '../../abort.js';
import type { ProcessEnds } from '../../core/ports/processes.js';
import { asError, messageOf, systemErrorCode } from '../../errors.js';
import type { Progress } from '../service/served-service.js';
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

export interface CommandRun {
  readonly runId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the command reads; null: nothing. */
  readonly stdin: string | null;
  /** Where its stdout is written; null: it is discarded. */
  readonly stdout: string | null;
  readonly folder: string;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  /** Most bytes of all files in the folder, the model among them. */
  readonly maxDiskBytes: number;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** Why we ended it, or null. */
  readonly stopped: 'timeout' | 'disk' | null;
  /** The last lines of stderr, cleaned. */
  readonly lines: readonly string[];
}

/** Rejects with the signal's reason, or with the system's error where the command cannot be started. */
export async function runCommand(run: CommandRun, processes: ProcessEnds): Promise<CommandEnd> {
  run.signal.throwIfAborted();
  await using stdin = run.stdin === null ? null : await open(run.stdin, 'r');
  await using stdout = run.stdout === null ? null : await open(run.stdout, 'wx', 0o600);
  const [program = '', ...words] = run.argv;
  const child = spawn(program, words, {
    cwd: run.cwd,
    env: { ...run.env, [RUN_VARIABLE]: run.runId },
    // A group of its own: what it starts is ended with it.
    detached: true,
    windowsHide: true,
    stdio: [stdin?.fd ?? 'ignore', stdout?.fd ?? 'ignore', 'pipe'],
  });
  return superviseCommand(child, run, processes);
}

async function superviseCommand(
  child: ChildProcess,
  run: CommandRun,
  processes: ProcessEnds,
): Promise<CommandEnd> {
  const reader = new StderrReader(run.onProgress);
  child.stderr?.on('data', (chunk: Uint8Array) => reader.write(chunk));
  child.stderr?.on('error', () => {});
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Looked at below; until then a failed start is no unhandled rejection.
  ended.catch(() => {});
  const { pid } = child;
  if (pid === undefined) throw await ended.then(() => new Error('no process id'), asError);
  const noted = noteProcess(run.folder, pid).catch(() => {});

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
  using _ = onAbort(run.signal, stop);
  try {
    const { code, signal } = await ended;
    // What it left in the background is not waited for.
    processes.signalGroup(pid, 'SIGKILL');
    const sincePid = performance.now() - began < SHORT_MS ? pid : 0;
    await endLeftProcesses(new Set([run.runId]), sincePid, processes);
    await closed(child);
    run.signal.throwIfAborted();
    if (stopped === null && (await folderBytes(run.folder)) > run.maxDiskBytes) stopped = 'disk';
    return { exitCode: code, exitSignal: signal, stopped, lines: reader.end() };
  } finally {
    clearTimeout(kill);
    clearTimeout(timeout);
    clearInterval(measure);
    // The folder is removed next.
    await noted;
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

/** Why a command cannot be started, in words for an operator. */
export function startFault(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === 'ENOENT') return 'it was not found';
  if (code === 'EACCES') return 'it may not be executed';
  return code ?? messageOf(error);
}
