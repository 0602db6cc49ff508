// Builds the real runtime from the process and runs the command line. The only file that names `process`.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';

import { run } from './cli/run.js';
import { BimServiceError, systemErrorCode } from './errors.js';
import { HTTP_LIMITS } from './io/http/limits.js';
import { directOutput } from './io/terminal/direct-output.js';
import type { Runtime } from './runtime.js';

// Tests shorten some of them.
export { HTTP_LIMITS };

/** Longest time from the first Ctrl-C to the end. */
const CLEAN_UP_MS = 3000;

/** Runs the process's own command line; `overrides` is for tests that stand in for an edge. */
export async function main(overrides: Partial<Runtime> = {}): Promise<void> {
  const stop = new AbortController();
  // Each model of a run listens, and there may be many: that is no leak.
  setMaxListeners(0, stop.signal);
  const endAtOnce = (signal: NodeJS.Signals) => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    process.kill(process.pid, signal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Asked twice: at once, without the clean-up (CASES B148).
    if (stop.signal.aborted) return endAtOnce(signal);
    const word = signal === 'SIGINT' ? 'interrupted' : 'terminated';
    stop.abort(new BimServiceError(word, word));
    // A read from a pipe that nobody writes to cannot be called off; what still keeps us after this is one.
    setTimeout(() => endAtOnce(signal), CLEAN_UP_MS).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const umask = process.umask();
  let stdout: NodeJS.WriteStream | undefined;
  let stderr: NodeJS.WriteStream | undefined;
  let usesStdin = false;
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    // Streams are opened by those who use them: each takes a millisecond or more.
    get stdin() {
      usesStdin = true;
      return process.stdin;
    },
    get stdout() {
      stdout ??= directOutput(1, () => forgiving(process.stdout));
      return stdout;
    },
    get stderr() {
      stderr ??= directOutput(2, () => forgiving(process.stderr));
      return stderr;
    },
    get cwd() {
      return workingFolder();
    },
    umask,
    pid: process.pid,
    isAlive,
    signal: stop.signal,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    // Loaded when it is first needed: it takes as long as the rest of a start.
    random: {
      token: (bytes) => process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('base64url'),
    },
    limits: HTTP_LIMITS,
    version: ownVersion(),
    ...overrides,
  });
  // Whoever holds the other end of a pipe may never let go; nothing reads it any more.
  if (usesStdin) process.stdin.destroy();
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}

/** A reader that went away (`| head -1`) ends the output, not the work (CASES B140). */
function forgiving(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on('error', () => {});
}

/** Looked up when it is needed: its folder may have been deleted, and much works without. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new BimServiceError('folder-missing', 'the working folder does not exist any more', {
      hint: 'Change to a folder that exists: cd ~',
      cause: error,
    });
  }
}

/** True while a process of that id runs on this machine; one of another user answers EPERM. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  )
    return manifest.version;
  throw new BimServiceError('internal', 'package.json has no version');
}
