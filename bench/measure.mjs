// Runs commands in turns (A B A B …), each as a process of its own, and tells what each run took.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** GNU time: as a process in between it sees the child alone, where Node would mix all its children. */
const GNU_TIME = '/usr/bin/time';
const HAS_GNU_TIME = process.platform === 'linux' && existsSync(GNU_TIME);
/** A run that takes longer is stopped, and the case fails. */
const LONGEST_RUN_MS = 180_000;

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {string[]} argv
 * @property {string} cwd
 * @property {Record<string, string>} env
 * @property {number} [exitCode] the right one; 0 by default
 * @property {() => Promise<void>} [before] prepares a run; not measured
 * @property {() => Promise<void>} [after] throws where the run did not do its work; not measured
 */

/**
 * What one run took. CPU is user and system time. NaN where it was not asked for, or there is no GNU time.
 * @typedef {{ wallMs: number, cpuMs: number, peakBytes: number }} Usage
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * One run of each command to warm up, then `runs` of each, in turns: what slows the machine down meets all alike.
 * `usage` asks for CPU and memory too; it costs each run a process more, which short runs would show.
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

/** Kills what is being measured, with all that it started. */
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
    // A group of its own, so that GNU time and what it started can be killed as one.
    const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.resume();
    running.add(child);
    const timer = setTimeout(() => killGroup(child), LONGEST_RUN_MS);
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
    // It has ended meanwhile.
  }
}
