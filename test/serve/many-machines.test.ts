// Front ends and workers over a real NATS: what each does when another one of them goes away.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listDead } from '../../src/serve/nats/job-streams.js';
import { openNatsStore } from '../../src/serve/nats/kv-store.js';
import type { Link } from '../../src/serve/nats/link.js';
import { RunFiles } from '../../src/serve/nats/run-files.js';
import { startProvider } from '../../src/serve/provider.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import type { Perform, Place, QueuedRun } from '../../src/serve/runs/run-queue.js';
import type { Progress } from '../../src/serve/service/served-service.js';
import { findNats, type NatsServers, startNats } from '../support/nats.js';
import { echo, NatsWorld, QUICK, type Working } from '../support/nats-world.js';
import * as client from '../unit/serve/support.js';

const SERVICE = { ...client.countingService('one'), concurrency: 2 };
const never = new AbortController().signal;

/** Hangs until it is stopped; `begun` counts. */
function hanging(): { perform: Perform; begun: () => number; stopped: () => number } {
  let begun = 0;
  let stopped = 0;
  const perform: Perform = (_run, signal) =>
    new Promise((_resolve, reject) => {
      begun += 1;
      const stop = (): void => {
        stopped += 1;
        reject(signal.reason);
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
    });
  return { perform, begun: () => begun, stopped: () => stopped };
}

/** As a kill does: NATS sees the connection close, and nothing more is said. */
const crash = ({ link }: Working): Promise<void> => link.nc.close();

describe.runIf(findNats() !== null)('many machines', () => {
  let servers: NatsServers;
  let world: NatsWorld;
  let folder: string;
  let runs = 0;
  beforeAll(async () => {
    servers = await startNats();
  });
  afterAll(() => servers?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-front-'));
    world = new NatsWorld(servers.url, { timings: QUICK });
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(text: string, progress: (progress: Progress) => void = () => {}): Promise<QueuedRun> {
    runs += 1;
    const id = `run-${runs}`;
    const own = await mkdtemp(join(folder, 'run-'));
    const modelPath = join(own, 'model.ifc');
    await writeFile(modelPath, text);
    return {
      id,
      serviceId: SERVICE.id,
      inputType: 'IFC_STEP_4',
      model: ReceivedModel.inFile(modelPath, Buffer.byteLength(text)),
      folder: { path: own },
      progress,
    };
  }

  async function place(front: Awaited<ReturnType<NatsWorld['front']>>): Promise<Place> {
    const got = await front.queue.reserve(SERVICE);
    if (typeof got === 'string') throw new Error(got);
    return got;
  }

  /** Does one run, and frees its place. */
  async function perform(front: Awaited<ReturnType<NatsWorld['front']>>, queued: QueuedRun, signal = never) {
    const mine = await place(front);
    try {
      return await mine.perform(queued, signal);
    } finally {
      mine.release();
    }
  }

  /** Messages of runs and of files that are on NATS now. */
  async function left(link: Link): Promise<{ jobs: number; files: number }> {
    const messages = async (stream: string) => (await link.jsm.streams.info(stream)).state.messages;
    return { jobs: await messages(`${world.name}_jobs`), files: await messages(`${world.name}_files`) };
  }

  it('carries large models and results in chunks, reports progress, and leaves nothing', async () => {
    const front = await world.front();
    const seen: Progress[] = [];
    const working = await world.worker([SERVICE], async (queued, signal) => {
      queued.progress({ percent: 40, label: 'Checking walls' });
      return echo(queued, signal);
    });
    const text = 'model '.repeat(400_000);
    const queued = await run(text, (progress) => seen.push(progress));
    const result = await perform(front, queued);
    if (!('path' in result.body)) throw new Error('a large result is a file');
    expect((await readFile(result.body.path, 'utf8')) === text).toBe(true);
    expect(result).toMatchObject({ title: 'echo', fileName: 'r.txt', body: { bytes: text.length } });
    await expect.poll(() => seen).toEqual([{ percent: 40, label: 'Checking walls' }]);
    await expect.poll(() => left(front.link)).toEqual({ jobs: 0, files: 0 });
    await expect.poll(working.folders).toEqual([]);
  });

  it('waits a moment for a worker that starts at the same time', async () => {
    const front = await world.front();
    const { worker } = await world.worker([], echo);
    const early = front.queue.reserve(SERVICE);
    await worker.setServices([SERVICE]);
    const got = await early;
    if (typeof got === 'string') throw new Error(got);
    expect((await got.perform(await run('m'), never)).title).toBe('echo');
    got.release();
  });

  it('refuses a service while no worker does it', async () => {
    const front = await world.front();
    expect(await front.queue.reserve(SERVICE)).toBe('no-worker');
    const { worker } = await world.worker([SERVICE], echo);
    expect((await perform(front, await run('m'))).title).toBe('echo');
    await worker.drain();
    const seek = async (): Promise<string> => {
      const got = await front.queue.reserve(SERVICE);
      if (typeof got === 'string') return got;
      got.release();
      return 'a place';
    };
    await expect.poll(seek, { timeout: 5000 }).toBe('no-worker');
    const provider = await startProvider({
      port: 0,
      host: '127.0.0.1',
      services: [SERVICE],
      queue: front.queue,
    });
    const token = await client.getToken(provider);
    const refused = await client.ask(`${provider.origin}/services/one`, {
      headers: { Authorization: `Bearer ${token}` },
      body: 'model',
    });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30']);
    expect(refused.text).toContain('No worker of this provider does this service');
    await provider[Symbol.asyncDispose]();
  });

  it('gives the run of a killed worker to another one, and says so', async () => {
    const front = await world.front();
    const stuck = hanging();
    const first = await world.worker([SERVICE], stuck.perform);
    const result = perform(front, await run('model'));
    await expect.poll(stuck.begun).toBe(1);
    await crash(first);
    await world.worker([SERVICE], echo);
    expect((await result).title).toBe('echo');
    expect(front.events).toContainEqual(
      expect.objectContaining({ event: 'run-repeated', service: 'one', requestId: `run-${runs}` }),
    );
    await expect.poll(() => left(front.link)).toEqual({ jobs: 0, files: 0 });
  });

  it('gives a run up that kills every worker, and shows it to an operator', async () => {
    const front = await world.front();
    const stuck = hanging();
    const result = world
      .worker([SERVICE], stuck.perform)
      .then(async (worker) => [worker, perform(front, await run('bad'))] as const);
    let [worker, outcome] = await result;
    const failed = outcome.then(
      () => 'done',
      (error: Error) => error.message,
    );
    for (const times of [1, 2, 3]) {
      await expect.poll(stuck.begun, { timeout: 10_000 }).toBe(times);
      await crash(worker);
      worker = await world.worker([SERVICE], stuck.perform);
    }
    expect(await failed).toBe('The run was begun 3 times, and no worker finished it');
    await expect
      .poll(() => listDead(front.link))
      .toMatchObject([
        { id: `run-${runs}`, service: 'one', bytes: 3, reason: expect.stringContaining('3 times') },
      ]);
    expect(front.queue.counts).toEqual({ waiting: 0, running: 0, givenUp: 1 });
    await expect.poll(() => left(front.link)).toEqual({ jobs: 0, files: 0 });
  });

  it('fails what waits for a service that has no worker any more', async () => {
    const front = await world.front();
    const stuck = hanging();
    const only = await world.worker([SERVICE], stuck.perform);
    const result = perform(front, await run('m'));
    await expect.poll(stuck.begun).toBe(1);
    await crash(only);
    await expect(result).rejects.toMatchObject({ message: 'No worker that can do this service is left' });
  });

  it('stops the runs of a front end that is gone, and removes its files', async () => {
    const front = await world.front();
    const other = await world.front();
    const stuck = hanging();
    const working = await world.worker([SERVICE], stuck.perform);
    const cut = perform(front, await run('x'.repeat(300_000))).catch(() => {});
    await expect.poll(stuck.begun).toBe(1);
    await front.link.nc.close();
    await expect.poll(stuck.stopped, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => left(other.link), { timeout: 10_000 }).toEqual({ jobs: 0, files: 0 });
    expect(await listDead(other.link)).toMatchObject([{ reason: 'The front end that took it is gone' }]);
    await expect.poll(working.folders).toEqual([]);
    void cut;
  });

  it('a worker that drains finishes what it has and takes nothing new', async () => {
    const front = await world.front();
    let finish: (() => void) | undefined;
    const first = await world.worker([SERVICE], async (queued, signal) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return echo(queued, signal);
    });
    const mine = perform(front, await run('first'));
    await expect.poll(() => finish).toBeDefined();
    const second = await world.worker([SERVICE], echo);
    const drained = first.worker.drain();
    for (let n = 0; n < 4; n += 1) await perform(front, await run('next'));
    const done = () => second.events.filter(({ event }) => event === 'job').map(({ requestId }) => requestId);
    await expect.poll(done).toEqual([runs - 3, runs - 2, runs - 1, runs].map((n) => `run-${n}`));
    finish?.();
    expect((await mine).title).toBe('echo');
    await drained;
  });

  it('a worker that reads its services again finishes what it has, and takes what it is now for', async () => {
    const front = await world.front();
    const finish: Array<() => void> = [];
    const { worker } = await world.worker([{ ...SERVICE, concurrency: 1 }], async (queued, signal) => {
      await new Promise<void>((resolve) => void finish.push(resolve));
      return echo(queued, signal);
    });
    const both = [perform(front, await run('first')), perform(front, await run('second'))];
    await expect.poll(() => finish).toHaveLength(1);
    await worker.setServices([{ ...SERVICE, concurrency: 2 }]);
    await expect.poll(() => finish).toHaveLength(2);
    await worker.setServices([client.countingService('another')]);
    const offers = async (service: typeof SERVICE): Promise<string> => {
      const got = await front.queue.reserve(service);
      if (typeof got === 'string') return got;
      got.release();
      return 'a place';
    };
    await expect.poll(() => offers(SERVICE), { timeout: 5000 }).toBe('no-worker');
    expect(await offers({ ...SERVICE, id: 'another' })).toBe('a place');
    for (const end of finish) end();
    expect((await Promise.all(both)).map(({ title }) => title)).toEqual(['echo', 'echo']);
  });

  it('sends a run again, with its large model, that NATS has lost', async () => {
    const front = await world.front();
    const finish: Array<() => void> = [];
    await world.worker([{ ...SERVICE, concurrency: 1 }], async (queued, signal) => {
      if (finish.length === 0) await new Promise<void>((resolve) => void finish.push(resolve));
      return echo(queued, signal);
    });
    const first = perform(front, await run('first'));
    await expect.poll(() => finish).toHaveLength(1);
    const text = 'model '.repeat(100_000);
    const lost = perform(front, await run(text));
    await expect.poll(async () => (await left(front.link)).jobs).toBe(2);
    for (const stream of [`${world.name}_jobs`, `${world.name}_files`])
      await front.link.jsm.streams.purge(stream);
    finish[0]?.();
    expect((await first).title).toBe('echo');
    const { body } = await lost;
    if (!('path' in body)) throw new Error('a large result is a file');
    expect((await readFile(body.path, 'utf8')) === text).toBe(true);
    await expect.poll(() => left(front.link)).toEqual({ jobs: 0, files: 0 });
  });

  it('removes the result that a worker left of a run that has ended', async () => {
    const front = await world.front();
    let subject = '';
    await world.worker([SERVICE], async (queued, signal) => {
      const { state } = await front.link.jsm.streams.info(`${world.name}_files`, { subjects_filter: '>' });
      subject = Object.keys(state.subjects ?? {})[0] ?? '';
      return echo(queued, signal);
    });
    await perform(front, await run('x'.repeat(200_000)));
    await front.link.js.publish(subject.replace('.model.', '.result.'), 'a part');
    expect((await left(front.link)).files).toBe(1);
    await expect.poll(() => left(front.link)).toEqual({ jobs: 0, files: 0 });
  });

  it('removes files that crashed processes left', async () => {
    const front = await world.front();
    const files = new RunFiles(front.link);
    const path = join(folder, 'left');
    const text = 'x'.repeat(200_000);
    await writeFile(path, text);
    await files.put('gone', 'job', 'model', path, never);
    const ticket = await files.put('here', 'job', 'model', path, never);
    await files.put('here', 'over', 'model', path, never);
    const isAlive = async (front: string) => front === 'here';
    const isOver = (front: string, job: string) => front === 'here' && job === 'over';
    await files.sweep(isAlive, isOver);
    expect((await left(front.link)).files).toBe(2);
    await files.sweep(isAlive, isOver);
    expect((await left(front.link)).files).toBe(1);
    const copy = join(folder, 'copy');
    await files.get('here', 'job', 'model', { ticket, path: copy }, never);
    expect((await readFile(copy, 'utf8')) === text).toBe(true);
    await files.remove('here', 'job');
    expect((await left(front.link)).files).toBe(0);
  });

  it('reads a large file whole or not at all', async () => {
    // Its front ends do not look for files of others while the test runs.
    await using patient = new NatsWorld(world.url);
    const { link } = await patient.front();
    const files = new RunFiles(link);
    const [path, copy] = [join(folder, 'large'), join(folder, 'copy')];
    const bytes = randomBytes(3_000_001);
    await writeFile(path, bytes);
    const ticket = await files.put('here', 'job', 'model', path, never);
    const get = (ticket: string, signal = never) =>
      files.get('here', 'job', 'model', { ticket, path: copy }, signal);
    await get(ticket);
    expect(bytes.equals(await readFile(copy))).toBe(true);
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(get(ticket, gone)).rejects.toThrow();
    await expect(files.put('here', 'job', 'model', path, gone)).rejects.toThrow();
    await expect(get('*.1.0')).rejects.toThrow('the model of run job has no right ticket');
    const [id = '', chunks = '', sha256 = ''] = ticket.split('.');
    await expect(get([id, Number(chunks) + 1, sha256].join('.'))).rejects.toThrow('not on NATS any more');
    await link.js.publish(`${patient.name}.files.here.job.model.${id}.2`, Buffer.alloc(9));
    await expect(get(ticket)).rejects.toThrow('the model of run job comes damaged from NATS');
  });

  it('redeems a code once among front ends, and revokes its token at the second use', async () => {
    const providers = await Promise.all(
      [1, 2].map(async () =>
        startProvider({
          port: 0,
          host: '127.0.0.1',
          services: [SERVICE],
          store: await openNatsStore(await world.link(), Date.now),
        }),
      ),
    );
    const [here, there] = providers;
    if (here === undefined || there === undefined) throw new Error('two');
    const registered = await client.registerClient(here);
    const code = await client.getCode(there, registered);
    const redeem = (provider: typeof here) => client.askToken(provider, client.tokenFields(registered, code));
    const both = await Promise.all([redeem(here), redeem(there)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    const won = both.find(({ status }) => status === 200);
    const token = won === undefined ? '' : String(client.readJson(won).access_token);
    expect((await redeem(there)).status).toBe(400);
    const used = await client.ask(`${here.origin}/services/one`, {
      headers: { Authorization: `Bearer ${token}` },
      body: 'm',
    });
    expect(used.status).toBe(401);
    for (const provider of providers) await provider[Symbol.asyncDispose]();
  });
});
