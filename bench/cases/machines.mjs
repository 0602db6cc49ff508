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
/**
 * V8 makes the functions that run often faster, and each worker does only a third of the runs. The times stop falling after this
 * many; the row of the first runs shows them before.
 */
const WARM_RUNS = 4500;
const LARGE_RUNS = 30;
const WORKERS = 3;
const SENDERS = 12;

export const runs = 3;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const table = [];
  // A command that does nothing, and one that takes as long as a small check in Python takes to start: there little of the time is ours.
  for (const { what, command, warmUp } of [
    { what: 'a command that does nothing', command: ['cp', '{input}', '{output}'], warmUp: WARM_RUNS },
    { what: 'a command of 50 ms CPU', command: ['sh', 'busy.sh', '{input}', '{output}'], warmUp: RUNS / 5 },
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
    const sharedFolder = join(folder, 'shared');
    await mkdir(sharedFolder);
    const { own, nats, shared } = await withServe(folder, (own) =>
      withMachines(folder, [], (nats) =>
        withMachines(folder, ['--shared-folder', sharedFolder], (shared) =>
          measure({ own, nats, shared }, { runs, warmUp }),
        ),
      ),
    );
    const kinds = /** @type {const} */ ({
      first: `2 KB, the first ${RUNS} runs`,
      small: '2 KB',
      large: '8 MB',
    });
    for (const kind of /** @type {(keyof typeof kinds)[]} */ (Object.keys(kinds))) {
      table.push(
        ratioRow({
          work: `\`serve --nats\`, ${WORKERS} workers, ${what}, ${kinds[kind]}`,
          peer: '`serve` with its own queue',
          ours: nats[kind],
          theirs: own[kind],
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
        theirs: own.large,
        of: 'wallMs',
        goal: 1.43,
      }),
    );
  }
  return table;
}

/**
 * Wall times of three providers, measured in turns: `first` of the first runs, once; `small` and `large` of `runs` measures after
 * `warmUp` runs.
 *
 * @typedef {Parameters<typeof post>[0]} Target
 * @typedef {Record<'first' | 'small' | 'large', import('../rows.mjs').Usage[]>} Walls
 * @param {Record<'own' | 'nats' | 'shared', Target>} targets
 * @param {{ runs: number, warmUp: number }} how
 */
async function measure(targets, { runs, warmUp }) {
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const walls = { own: emptyWalls(), nats: emptyWalls(), shared: emptyWalls() };
  const send = (/** @type {Target} */ at, /** @type {number} */ times, /** @type {Buffer} */ model) =>
    timeOf(() => inTurns(times, SENDERS, () => post(at, model, agent)));
  const round = async (
    /** @type {readonly (keyof typeof targets)[]} */ names,
    /** @type {keyof Walls} */ kind,
    /** @type {Buffer} */ model,
  ) => {
    for (const name of names) {
      const wallMs = await send(targets[name], kind === 'large' ? LARGE_RUNS : RUNS, model);
      walls[name][kind].push({ wallMs, cpuMs: Number.NaN, peakBytes: Number.NaN });
    }
  };
  await round(['own', 'nats'], 'first', MODEL);
  for (const name of /** @type {const} */ (['own', 'nats'])) await send(targets[name], warmUp, MODEL);
  for (let run = 0; run < runs; run += 1) await round(['own', 'nats'], 'small', MODEL);
  // Afterwards: the disk still writes large models when the next runs begin.
  for (let run = 0; run < runs; run += 1) await round(['own', 'nats', 'shared'], 'large', LARGE);
  agent.destroy();
  return walls;
}

/** @returns {Walls} */
function emptyWalls() {
  return { first: [], small: [], large: [] };
}

/**
 * A front end with its workers and a NATS of their own.
 *
 * @template T
 * @param {string} folder
 * @param {readonly string[]} options of the front end and the workers
 * @param {(front: Target) => Promise<T>} work
 */
async function withMachines(folder, options, work) {
  const program = process.env.BENCH_BIN ?? new URL('../../bin/bimservice.js', import.meta.url).pathname;
  const port = await freePort();
  const nats = ['--nats', `nats://127.0.0.1:${port}`, ...options];
  const children = [
    spawn(
      'nats-server',
      ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', join(folder, `nats-${port}`)],
      {
        stdio: 'ignore',
      },
    ),
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
        join(folder, `worker-${port}-${n}`),
      ];
      const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
      children.push(child);
      await new Promise((resolve, reject) => {
        child.stdout.once('data', resolve);
        child.once('close', () => reject(new Error('a worker did not start')));
      });
    }
    return await withServe(folder, work, nats);
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
