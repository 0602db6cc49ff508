// Starts the built program as a process group of its own and collects what it says.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { HttpLimits } from '../../src/io/http/limits.js';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** A run that takes longer hangs; it is killed, and I6 says so. */
const HANGS_AFTER_MS = 12_000;

/** Waits shortened for cases that end by one, ms. Other cases keep the real limits, so that a slow machine changes nothing. */
export const SHORT_LIMITS: HttpLimits = {
  connectMs: 400,
  stallMs: 500,
  hiddenStallMs: 1000,
  exchangeMs: 800,
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
  hangsAfterMs?: number;
  onStart: (child: RunningChild) => void;
}

export interface RunningChild {
  pid: number;
  kill: (signal: NodeJS.Signals) => void;
}

/** A call of node:fs/promises in the child that does not do what it should. */
export interface FaultPoint {
  call: 'open' | 'read' | 'write' | 'sync' | 'link' | 'rename';
  /** How the path of the file ends: `.part` is a result on its way. */
  path: string;
  /** The call that is struck; 1, the first, where it is left out. */
  nth?: number;
  /** It fails, or moves fewer bytes than it was given, or the process gets a signal before or after it. */
  fault: { code: string } | { bytes: number } | { signal: NodeJS.Signals; when: 'before' | 'after' };
}

/** Who reads what the program says; a patient reader where it is left out. */
export interface Readers {
  /** Nobody; one who leaves after the first piece; one who begins late and takes a pause after each piece. */
  stdout?: 'nobody' | 'leaves' | 'slow';
  stderr?: 'nobody';
  /** True: stdin and stderr are a terminal, by util-linux' script(1). */
  terminal?: boolean;
}

export interface ChildResult {
  argv: readonly string[];
  /** Null where a signal ended it. */
  exit: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  endedAt: number;
  hung: boolean;
  /** True where a process of the child's group outlives it. */
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
  }, options.hangsAfterMs ?? HANGS_AFTER_MS);
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
    ...(readers.terminal ? saidOnTerminal(options, out()) : { stdout: out(), stderr: err() }),
    endedAt,
    hung,
    leftProcesses: left,
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

/** What the terminal shows comes out of script(1) itself; stdout goes to a file, as in `> FILE`. */
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

function saidOnTerminal(options: ChildOptions, shown: string): { stdout: string; stderr: string } {
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

/** Reads a stream in the way of `reader`; gives what has come so far. */
function collected(stream: Readable | null, reader: Readers['stdout']): () => string {
  const pieces: Buffer[] = [];
  if (reader === 'nobody') stream?.destroy();
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
    // It has ended in this very moment.
  }
}
