// Starts the built program in a process group of its own, or runs its command line in this process, and collects the output.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { HttpLimits } from '../../src/io/http/limits.js';
import { runHere } from '../support/cli.js';

const CHILD = fileURLToPath(new URL('child.cjs', import.meta.url));

/** A longer run hangs: it is killed, and I6 reports it. */
const HANG_TIMEOUT_MS = 45_000;

/** Shorter waits (ms) for cases that end by a timeout. Other cases keep the real limits, so that a slow machine does not matter. */
export const SHORT_LIMITS: HttpLimits = {
  connectMs: 5000,
  tunnelMs: 5000,
  stallMs: 500,
  hiddenStallMs: 1000,
  exchangeMs: 1500,
  expectMs: 50,
  greetingMs: 400,
};

export interface ChildOptions {
  argv: readonly string[];
  stdin: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  limits: Partial<HttpLimits>;
  faultPoints: readonly FaultPoint[];
  signalledAtFile: string;
  readers: Readers;
  hangTimeoutMs?: number;
  onStart: (child: RunningChild) => void;
}

export interface RunningChild {
  pid: number;
  kill: (signal: NodeJS.Signals) => void;
}

/** A call of node:fs/promises in the child that fails. */
export interface FaultPoint {
  call: 'open' | 'read' | 'write' | 'sync' | 'chmod' | 'link' | 'rename';
  /** The end of the file's path: `.part` is a result that is being received. */
  path: string;
  /** A part of the path besides its end: the name of a folder. */
  within?: string;
  /** The number of the call that fails; 1, the first, by default. */
  nth?: number;
  /** How many calls fail from that one on; 1 by default, -1 for all. */
  times?: number;
  /** The call fails, takes a while, moves fewer bytes than given, or the process gets a signal before or after it. */
  fault:
    | { code: string }
    | { ms: number }
    | { bytes: number }
    | { signal: NodeJS.Signals; when: 'before' | 'after' };
}

/** Who reads the output of the program; by default a reader that waits. */
export interface Readers {
  /** No one; a reader that leaves after the first piece; one that begins late and pauses after each piece. */
  stdout?: 'no one' | 'leaves' | 'slow';
  stderr?: 'no one';
  /** True: stdin and stderr are a terminal, made with util-linux' script(1). */
  terminal?: boolean;
}

export interface ChildResult {
  argv: readonly string[];
  /** Null when a signal ended it. */
  exit: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  endedAt: number;
  hung: boolean;
  /** True when a process of the child's group is still running after it. */
  leftProcesses: boolean;
}

export async function runChild(options: ChildOptions): Promise<ChildResult> {
  const { readers } = options;
  const child = readers.terminal ? spawnOnTerminal(options) : spawnPlain(options);
  const out = collected(child.stdout, readers.stdout);
  const err = collected(child.stderr, readers.stderr);
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin);
  const { pid } = child;
  if (pid === undefined) throw new Error('the program could not be started');
  options.onStart({ pid, kill: (signal) => void child.kill(signal) });
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    killGroup(pid);
  }, options.hangTimeoutMs ?? HANG_TIMEOUT_MS);
  const exited = once(child, 'exit').then(() => ({ endedAt: Date.now(), left: groupLives(pid) }));
  const [[exit, signal], { endedAt, left }] = await Promise.all([
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    exited,
  ]);
  clearTimeout(watchdog);
  if (left) killGroup(pid);
  return {
    argv: options.argv,
    exit,
    signal,
    ...(readers.terminal ? splitOutput(options, out()) : { stdout: out(), stderr: err() }),
    endedAt,
    hung,
    leftProcesses: left,
  };
}

/** The same command line in this process: the rows of a group that differ only in what the server sends. */
export async function runInProcess(options: ChildOptions): Promise<ChildResult> {
  const { argv, cwd, env, limits, stdin } = options;
  const stop = new AbortController();
  const hang = sleep(options.hangTimeoutMs ?? HANG_TIMEOUT_MS, null, { signal: stop.signal }).catch(
    () => null,
  );
  const done = await Promise.race([runHere(argv, cwd, { env, limits, stdin }), hang]);
  stop.abort();
  const { code, ...output } = done ?? { code: null, stdout: '', stderr: '' };
  return {
    ...output,
    argv,
    exit: code,
    signal: null,
    endedAt: Date.now(),
    hung: done === null,
    leftProcesses: false,
  };
}

function spawnPlain(options: ChildOptions): ChildProcess {
  return spawn(process.execPath, [CHILD, ...options.argv], {
    cwd: options.cwd,
    env: environmentOf(options),
    stdio: 'pipe',
    detached: true,
  });
}

/** script(1) prints what the terminal shows; stdout goes to a file, as with `> FILE`. */
function spawnOnTerminal(options: ChildOptions): ChildProcess {
  const words = [process.execPath, CHILD, ...options.argv].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  // A new pseudo-terminal is 0 columns wide.
  const line = `stty cols 80 rows 24; ${words.join(' ')} > '${stdoutFile(options)}'`;
  return spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    cwd: options.cwd,
    env: environmentOf(options),
    stdio: 'pipe',
    detached: true,
  });
}

const stdoutFile = ({ env }: ChildOptions) => join(env.TMPDIR ?? '', 'stdout');

function splitOutput(options: ChildOptions, shown: string): { stdout: string; stderr: string } {
  const stdout = readFileSync(stdoutFile(options), 'utf8');
  rmSync(stdoutFile(options));
  return { stdout, stderr: shown.replaceAll('\r\n', '\n') };
}

function environmentOf({ env, limits, faultPoints, signalledAtFile }: ChildOptions): NodeJS.ProcessEnv {
  return {
    ...env,
    FAULT_LIMITS: JSON.stringify(limits),
    FAULT_POINTS: JSON.stringify({ points: faultPoints, signalledAtFile }),
  };
}

/** Reads a stream like `reader`; returns a function for what has come so far. */
function collected(stream: Readable | null, reader: Readers['stdout']): () => string {
  const pieces: Buffer[] = [];
  if (reader === 'no one') stream?.destroy();
  else if (reader === 'slow') setTimeout(() => stream?.on('data', take), 500);
  else stream?.on('data', take);
  return () => Buffer.concat(pieces).toString('utf8');

  function take(piece: Buffer): void {
    pieces.push(piece);
    if (reader === 'leaves') stream?.destroy();
    if (reader !== 'slow') return;
    stream?.pause();
    setTimeout(() => stream?.resume(), 30);
  }
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended at this very moment.
  }
}
