// Runs commands alternately (A B A B …), each in its own process, and reports what each run took.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** GNU time measures only the child; Node would add up the times of all its children. */
const GNU_TIME = '/usr/bin/time';
const HAS_GNU_TIME = process.platform === 'linux' && existsSync(GNU_TIME);
/** A longer run is stopped, and the case fails. */
const MAX_RUN_MS = 180_000;

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {string[]} argv
 * @property {string} cwd
 * @property {Record<string, string>} env
 * @property {number} [exitCode] the expected exit code; 0 by default
 * @property {() => Promise<void>} [before] prepares a run; not measured
 * @property {() => Promise<void>} [after] throws when the run did not do its work; not measured
 */

/**
 * What one run took. CPU is user and system time. NaN when it was not requested, or when GNU time is missing.
 * @typedef {{ wallMs: number, cpuMs: number, peakBytes: number }} Usage
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs each command once to warm up, then `runs` times alternately, so that a slow machine affects all commands alike.
 * `usage` measures CPU and memory too. It needs one more process for each run, which would distort short runs.
 * @param {Command[]} commands
 * @param {{ runs: number, usage?: boolean }} options
 * @returns {Promise<Usage[][]>} a list of runs for each command, in the order of the commands
 */
export async function measureInTurns(commands, { runs, usage = false }) {
  const measured = commands.map(() => /** @type {Usage[]} */ ([]));
  for (const command of commands) await measure(command, usage);
  for (let run = 0; run < runs; run++) {
    for (const [index, command] of commands.entries()) measured[index]?.push(await measure(command, usage));
  }
  return measured;
}

/** Kills the command that is being measured, with all processes that it started. */
export function killRunning() {
  for (const child of running) killGroup(child);
}

/**
 * @param {Command} command
 * @param {boolean} usage
 * @returns {Promise<Usage>}
 */
async function measure(command, usage) {
  await command.before?.();
  const report = join(command.cwd, 'usage.txt');
  const timed = usage && HAS_GNU_TIME;
  const argv = timed
    ? [GNU_TIME, '-q', '-f', '%U %S %M', '-o', report, command.program, ...command.argv]
    : [command.program, ...command.argv];
  const wallMs = await wallOf(argv, command);
  await command.after?.();
  if (!timed) return { wallMs, cpuMs: Number.NaN, peakBytes: Number.NaN };
  const [user = 0, system = 0, peakKiB = 0] = (await readFile(report, 'utf8')).split(' ').map(Number);
  await rm(report);
  return { wallMs, cpuMs: (user + system) * 1000, peakBytes: peakKiB * 1024 };
}

/**
 * @param {string[]} argv
 * @param {Command} command
 * @returns {Promise<number>} from before the start until the process and its streams have ended, ms
 */
function wallOf([program = '', ...argv], { cwd, env, exitCode = 0 }) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    // In a process group of its own, so that GNU time and its child can be killed together.
    const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.resume();
    running.add(child);
    const timer = setTimeout(() => killGroup(child), MAX_RUN_MS);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const wallMs = performance.now() - start;
      clearTimeout(timer);
      running.delete(child);
      if (code === exitCode) resolve(wallMs);
      else reject(new Error(`${[program, ...argv].join(' ')} ended with ${code ?? signal}\n${stderr}`));
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
