// `serve --nats` with three workers against the queue of one machine: the wall time of the same runs, three at a time in both.

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { ratioRow } from '../rows.mjs';
import { ended, freePort, inTurns, post, timeOf, withServe } from './serve.mjs';

const MODEL = Buffer.alloc(2000, 0x20);
const LARGE = Buffer.alloc(8_000_000, 0x20);
const RUNS = 300;
const LARGE_RUNS = 30;
const WORKERS = 3;
const SENDERS = 12;

export const runs = 3;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const table = [];
  // A command that does nothing, and one that takes as long as a small check in Python takes to start.
  for (const [what, command] of [
    ['a command that does nothing', ['cp', '{input}', '{output}']],
    ['a command of 50 ms CPU', ['sh', 'busy.sh', '{input}', '{output}']],
  ]) {
    const folder = join(environment.root, `machines-${table.length}`);
    await mkdir(folder);
    const outputs = ['UNSTRUCTURED_UTF8_TEXT_1_0'];
    const service = { name: 'Nothing', command, outputs };
    await writeFile(
      join(folder, 'busy.sh'),
      'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; cp "$1" "$2"\n',
    );
    await writeFile(join(folder, 'services.json'), JSON.stringify([{ ...service, concurrency: WORKERS }]));
    await writeFile(join(folder, 'worker.json'), JSON.stringify([{ ...service, concurrency: 1 }]));
    const ours = await withMachines(folder, (more) => withServe(folder, (at) => measure(at, runs), more));
    const theirs = await withServe(folder, (at) => measure(at, runs));
    await mkdir(join(folder, 'shared'));
    const shared = await withMachines(folder, (more) => withServe(folder, (at) => measure(at, runs), more), [
      '--shared-folder',
      join(folder, 'shared'),
    ]);
    const kinds = /** @type {const} */ (['small', 'large']);
    for (const kind of kinds) {
      table.push(
        ratioRow({
          work: `\`serve --nats\`, ${WORKERS} workers, ${what}, ${kind === 'small' ? '2 KB' : '8 MB'}`,
          peer: '`serve` with its own queue',
          ours: ours[kind],
          theirs: theirs[kind],
          of: 'wallMs',
          // At least 0.7 of its throughput.
          ...(kind === 'small' ? { goal: 1.43 } : {}),
        }),
      );
    }
    table.push(
      ratioRow({
        work: `\`serve --nats --shared-folder\`, ${WORKERS} workers, ${what}, 8 MB`,
        peer: '`serve` with its own queue',
        ours: shared.large,
        theirs: theirs.large,
        of: 'wallMs',
        goal: 1.43,
      }),
    );
  }
  return table;
}

/** @param {Parameters<typeof post>[0]} at @param {number} runs */
async function measure(at, runs) {
  const usage = (/** @type {number} */ wallMs) => ({ wallMs, cpuMs: Number.NaN, peakBytes: Number.NaN });
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const [small, large] = [[], []];
  await inTurns(RUNS, SENDERS, () => post(at, MODEL, agent));
  for (let run = 0; run < runs; run += 1)
    small.push(usage(await timeOf(() => inTurns(RUNS, SENDERS, () => post(at, MODEL, agent)))));
  // Afterwards: the disk still writes large models when the next runs begin.
  for (let run = 0; run < runs; run += 1) {
    large.push(usage(await timeOf(() => inTurns(LARGE_RUNS, SENDERS, () => post(at, LARGE, agent)))));
  }
  agent.destroy();
  return { small, large };
}

/**
 * @template T
 * @param {string} folder
 * @param {(more: string[]) => Promise<T>} work gets the options of a front end
 * @param {readonly string[]} options of front ends and workers
 */
async function withMachines(folder, work, options = []) {
  const program = process.env.BENCH_BIN ?? new URL('../../bin/bimservice.js', import.meta.url).pathname;
  const port = await freePort();
  const nats = ['--nats', `nats://127.0.0.1:${port}`, ...options];
  const children = [
    spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', join(folder, 'nats')], {
      stdio: 'ignore',
    }),
  ];
  try {
    await inTime(port);
    for (let n = 0; n < WORKERS; n += 1) {
      const argv = [
        program,
        'worker',
        'worker.json',
        ...nats,
        '--json',
        '--data',
        join(folder, `worker${n}`),
      ];
      const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
      children.push(child);
      await new Promise((resolve, reject) => {
        child.stdout.once('data', resolve);
        child.once('close', () => reject(new Error('a worker did not start')));
      });
    }
    return await work(nats);
  } finally {
    for (const child of children.reverse()) {
      const gone = ended(child).catch(() => {});
      child.kill('SIGTERM');
      await gone;
    }
  }
}

/** @param {number} port */
async function inTime(port) {
  for (let turn = 0; turn < 100; turn += 1) {
    // NATS is no HTTP server, but a connection that is refused is another error than a strange response.
    const error = await fetch(`http://127.0.0.1:${port}`).catch((reason) => reason);
    if (error?.cause?.code !== 'ECONNREFUSED') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
