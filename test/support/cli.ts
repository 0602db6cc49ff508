// Runs the command line: in this process through `run`, with real sockets and files, or as the built program.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.js';
import type { Browser } from '../../src/core/ports/login.js';
import { BimServiceError } from '../../src/errors.js';
import { HTTP_LIMITS } from '../../src/io/http/limits.js';
import { sink } from '../../src/io/terminal/sink.js';
import type { Runtime } from '../../src/runtime.js';

/** The program as installed; `npm test` builds it first. */
export const PROGRAM = fileURLToPath(new URL('../../bin/bimservice.js', import.meta.url));

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A working folder with its own configuration. It is removed at the end. */
export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly configDir: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.configDir = join(folder, '.config-bimservice');
  }

  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), 'bimservice-test-')));
  }

  /** Runs one command line in this process. */
  run(argv: readonly string[], overrides: RunOverrides = {}): Promise<CliResult> {
    const env = { BIMSERVICE_CONFIG_DIR: this.configDir, ...overrides.env };
    return runHere(argv, this.folder, { ...overrides, env });
  }

  /** Runs the built program in a process of its own. */
  spawn(
    argv: readonly string[],
    options: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<CliResult> {
    return spawnProgram(process.execPath, [PROGRAM, ...argv], {
      cwd: this.folder,
      env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: this.configDir, ...options.env },
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The parts of the runtime that a test may replace. */
export interface RunOverrides {
  env?: Record<string, string>;
  stdin?: string | Uint8Array;
  /** Takes the place of `stdin`. */
  input?: Runtime['stdin'];
  browser?: Browser;
  /** Called with the text on stderr while the command runs. */
  onStderr?: (text: string) => void;
  /** Resolves when Ctrl-C is pressed. */
  interrupt?: Promise<unknown>;
  /** Gets the function that does what SIGHUP does, when the command listens for it. */
  onReload?: (reload: () => void) => void;
  /** How far the clock of the program is ahead, in ms. */
  clockShiftMs?: number;
  limits?: Partial<Runtime['limits']>;
}

/** Runs one command line in this process, in the folder `cwd`. The environment is that of `overrides` and nothing else. */
export async function runHere(
  argv: readonly string[],
  cwd: string,
  overrides: RunOverrides,
): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const stop = new AbortController();
  overrides.interrupt?.then(() => stop.abort(new BimServiceError('interrupted', 'interrupted')));
  const runtime: Runtime = {
    env: overrides.env ?? {},
    stdin:
      overrides.input ?? Readable.from(overrides.stdin === undefined ? [] : [Buffer.from(overrides.stdin)]),
    stdout: sink((text) => out.push(text)),
    stderr: sink((text) => {
      err.push(text);
      overrides.onStderr?.(text);
    }),
    cwd,
    umask: 0o022,
    pid: process.pid,
    isAlive: () => true,
    signal: stop.signal,
    clock: { now: () => Date.now() + (overrides.clockShiftMs ?? 0), monotonic: () => performance.now() },
    random: { token: (bytes) => randomBytes(bytes).toString('base64url') },
    limits: { ...HTTP_LIMITS, ...overrides.limits },
    processes: {
      signalGroup: () => {},
      kill: () => {},
      onReload: (listener) => {
        overrides.onReload?.(listener);
        return () => {};
      },
      takeTime: () => {},
    },
    version: '0.0.0-test',
    ...(overrides.browser ? { browser: overrides.browser } : {}),
  };
  const code = await run(argv, runtime);
  return { code, stdout: out.join(''), stderr: err.join('') };
}

/** Runs any program until it ends. */
export function spawnProgram(
  program: string,
  argv: readonly string[],
  options: {
    cwd: string;
    env: Record<string, string>;
    stdin?: string;
    /** Called with the text on stdout while the program runs. */
    onStdout?: (text: string) => void;
  },
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      options.onStdout?.(chunk.toString('utf8'));
    });
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), stdout: text(out), stderr: text(err) });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}

/** The environment without variables that influence the program. */
export function cleanEnvironment(): Record<string, string> {
  const steers = /^(BIMSERVICE_|CI$|NODE_|npm_|FORCE_COLOR|NO_COLOR|VITEST|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || steers.test(name) ? [] : [[name, value]],
    ),
  );
}
