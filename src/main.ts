// Builds the real runtime from the process and runs the command line. The only file that names `process`.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';

import { run } from './cli/run.js';
import { BimServiceError } from './errors.js';
import { isAliveBy } from './io/files/is-alive.js';
import { HTTP_LIMITS } from './io/http/limits.js';
import { directOutput } from './io/terminal/direct-output.js';
import { PROCESS_ENDS } from './process-ends.js';
import type { Runtime } from './runtime.js';

// Tests shorten some of them.
export { HTTP_LIMITS };

/** The longest time from the first Ctrl-C to the end, in ms. */
const CLEAN_UP_MS = 3000;

/** Runs the command line of the process; `overrides` is for tests that replace parts of the runtime. */
export async function main(overrides: Partial<Runtime> = {}): Promise<void> {
  const stop = new AbortController();
  // Each model of a run adds a listener, so there may be many; that is not a leak.
  setMaxListeners(0, stop.signal);
  let cleanUpMs = CLEAN_UP_MS;
  const endAtOnce = (signal: NodeJS.Signals) => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    process.kill(process.pid, signal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // The second signal ends the process at once, without a cleanup (CASES B148).
    if (stop.signal.aborted) return endAtOnce(signal);
    const word = signal === 'SIGINT' ? 'interrupted' : 'terminated';
    stop.abort(new BimServiceError(word, word));
    // A read from a pipe without a writer cannot be canceled; this ends such a read.
    if (Number.isFinite(cleanUpMs)) setTimeout(() => endAtOnce(signal), cleanUpMs).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const umask = process.umask();
  let stdout: NodeJS.WriteStream | undefined;
  let stderr: NodeJS.WriteStream | undefined;
  let usesStdin = false;
  const env = { ...process.env };
  // A browser, an opener, a pager: no child of ours needs a token that is in the environment.
  for (const name of Object.keys(env)) if (name.startsWith('BIMSERVICE_')) delete process.env[name];
  process.exitCode = await run(process.argv.slice(2), {
    env,
    // Streams are opened only when they are used: each takes a millisecond or more.
    get stdin() {
      usesStdin = true;
      return process.stdin;
    },
    get stdout() {
      stdout ??= directOutput(1, () => ignoringPipeErrors(process.stdout));
      return stdout;
    },
    get stderr() {
      stderr ??= directOutput(2, () => ignoringPipeErrors(process.stderr));
      return stderr;
    },
    get cwd() {
      return workingFolder();
    },
    umask,
    pid: process.pid,
    isAlive: isAliveBy((pid, signal) => process.kill(pid, signal)),
    signal: stop.signal,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    // Loaded at the first use, because loading takes as long as the rest of a start.
    random: {
      token: (bytes) => process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('base64url'),
    },
    limits: HTTP_LIMITS,
    version: overrides.version ?? ownVersion(),
    processes: {
      ...PROCESSES,
      takeTime: () => {
        cleanUpMs = Number.POSITIVE_INFINITY;
      },
    },
    ...overrides,
  });
  // The other end of a pipe may stay open forever, and nothing reads it any more.
  if (usesStdin) process.stdin.destroy();
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}

/** A reader that went away (`| head -1`) ends the output, not the work (CASES B140). */
function ignoringPipeErrors(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on('error', () => {});
}

/** Looked up only when it is needed: the folder may have been deleted, and many commands work without it. */
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

const PROCESSES: Omit<Runtime['processes'], 'takeTime'> = {
  ...PROCESS_ENDS,
  onReload(listener) {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
};

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
