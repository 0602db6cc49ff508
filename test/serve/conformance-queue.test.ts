// What every queue of runs keeps to: one suite, run against each adapter.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalQueue } from '../../src/serve/runs/local-queue.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import type { Perform, Place, QueuedRun, RunQueue } from '../../src/serve/runs/run-queue.js';
import { ServiceError, type ServiceResult } from '../../src/serve/service/served-service.js';
import { findNats, startNats } from '../support/nats.js';
import { NatsWorld } from '../support/nats-world.js';
import { countingService } from '../unit/serve/support.js';

const SERVICE = { ...countingService('one'), concurrency: 2 };

interface QueuePlace extends AsyncDisposable {
  create(perform: Perform, limit: number): Promise<RunQueue>;
}

interface QueueKind {
  readonly name: string;
  place(): Promise<QueuePlace>;
}

const local: QueueKind = {
  name: 'local',
  place: async () => ({
    create: async (perform, limit) => createLocalQueue(perform, limit),
    async [Symbol.asyncDispose]() {},
  }),
};

/** A front end and a worker, each with a connection of its own. */
const nats: QueueKind = {
  name: 'NATS',
  async place() {
    const servers = await startNats();
    const world = new NatsWorld(servers.url);
    return {
      async create(perform, limit) {
        await world.worker([SERVICE], perform);
        return (await world.front(limit)).queue;
      },
      async [Symbol.asyncDispose]() {
        await world[Symbol.asyncDispose]();
        await servers[Symbol.asyncDispose]();
      },
    };
  },
};

const QUEUES: readonly QueueKind[] = findNats() === null ? [local] : [local, nats];
const RESULT: ServiceResult = {
  fileName: 'r.txt',
  contentType: 'text/plain',
  outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
  title: 'done',
  body: Buffer.from('result'),
};

describe.each(QUEUES)('the $name queue', (kind) => {
  let folder: string;
  let place: QueuePlace;
  let queue: RunQueue;
  let reserved: Place[];
  let running: string[];
  let most: number;
  let finish: Map<string, (outcome?: Error) => void>;
  const never = new AbortController().signal;

  const perform: Perform = (run, signal) =>
    new Promise((resolve, reject) => {
      running.push(run.id);
      most = Math.max(most, running.length);
      const end = (then: () => void): void => {
        running = running.filter((id) => id !== run.id);
        then();
      };
      finish.set(run.id, (error) => end(() => (error === undefined ? resolve(RESULT) : reject(error))));
      signal.addEventListener('abort', () => end(() => reject(signal.reason)), { once: true });
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-queue-'));
    await writeFile(join(folder, 'model.ifc'), 'model');
    reserved = [];
    running = [];
    most = 0;
    finish = new Map();
    place = await kind.place();
    queue = await place.create(perform, 4);
  });
  afterEach(async () => {
    for (const end of finish.values()) end();
    for (const { release } of reserved) release();
    await place[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (id: string, more: Partial<QueuedRun> = {}): QueuedRun => ({
    id,
    serviceId: SERVICE.id,
    inputType: 'IFC_STEP_4',
    model: ReceivedModel.inMemory(Buffer.from('a model'), 'model.ifc', () => folder),
    folder: { path: folder },
    progress: () => {},
    ...more,
  });

  /** The runs of the moment; those that began together in any order. */
  const now = (): string[] => [...running].sort();

  async function reserve(): Promise<Place> {
    const got = await queue.reserve(SERVICE);
    if (typeof got === 'string') throw new Error(got);
    reserved.push(got);
    return got;
  }

  it('does a run and returns its result', async () => {
    const mine = await reserve();
    const result = mine.perform(run('a'), never);
    await expect.poll(now).toEqual(['a']);
    expect(queue.counts).toMatchObject({ waiting: 0, running: 1 });
    finish.get('a')?.();
    expect(await result).toMatchObject({ title: 'done', outputType: RESULT.outputType });
    mine.release();
    expect(queue.counts).toMatchObject({ waiting: 0, running: 0 });
  });

  it('reports a failure to the one whose run it is', async () => {
    const result = (await reserve()).perform(run('a'), never);
    await expect.poll(now).toEqual(['a']);
    finish.get('a')?.(new ServiceError(3, 'No such schema'));
    await expect(result).rejects.toMatchObject({ code: 3, message: 'No such schema' });
  });

  it('runs as many at once as the service allows, the others in the order of their arrival', async () => {
    const results = ['a', 'b', 'c', 'd'].map(async (id) => (await reserve()).perform(run(id), never));
    await expect.poll(now).toEqual(['a', 'b']);
    expect(queue.counts).toMatchObject({ waiting: 2, running: 2 });
    finish.get('b')?.();
    await expect.poll(now).toEqual(['a', 'c']);
    finish.get('a')?.();
    finish.get('c')?.();
    await expect.poll(now).toEqual(['d']);
    finish.get('d')?.();
    await Promise.all(results);
    expect(most).toBe(2);
  });

  it('many waiting runs print no warning of a leak', async () => {
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warn);
    queue = await place.create(perform, 20);
    const stops = Array.from({ length: 20 }, () => new AbortController());
    const results = stops.map(async ({ signal }, n) => (await reserve()).perform(run(`r${n}`), signal));
    await expect.poll(() => queue.counts.waiting + queue.counts.running).toBe(20);
    await expect.poll(() => running.length).toBeGreaterThanOrEqual(2);
    for (const stop of stops) stop.abort(new Error('left'));
    expect((await Promise.allSettled(results)).map(({ status }) => status)).toEqual(
      Array(20).fill('rejected'),
    );
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('reserves no place beyond its limit, and reserves one when a place is released', async () => {
    const places = [await reserve(), await reserve(), await reserve(), await reserve()];
    expect(await queue.reserve(SERVICE)).toBe('full');
    places[0]?.release();
    places[0]?.release();
    await reserve();
    expect(await queue.reserve(SERVICE)).toBe('full');
  });

  it('ends an active and a waiting run when they are aborted, and continues with the next', async () => {
    const stop = new AbortController();
    const [a, b, c, d] = await Promise.all([
      (await reserve()).perform(run('a'), stop.signal).catch((error: Error) => error.message),
      settledStart('b'),
      (await reserve())
        .perform(run('c'), AbortSignal.abort(new Error('gone')))
        .catch((error: Error) => error.message),
      settledStart('d'),
      abortSoon(),
    ]);
    expect([a, c]).toEqual(['left', 'gone']);
    await expect.poll(now).toEqual(['b', 'd']);
    finish.get('b')?.();
    finish.get('d')?.();
    expect((await b.done).title + (await d.done).title).toBe('donedone');

    async function settledStart(id: string): Promise<{ done: Promise<ServiceResult> }> {
      return { done: (await reserve()).perform(run(id), never) };
    }
    async function abortSoon(): Promise<void> {
      await expect.poll(() => running.length).toBe(2);
      stop.abort(new Error('left'));
    }
  });

  it('drains: accepts no more runs, and waits for the accepted ones', async () => {
    const mine = await reserve();
    const result = mine.perform(run('a'), never);
    await expect.poll(now).toEqual(['a']);
    let drained = false;
    const draining = queue.drain().then(() => {
      drained = true;
    });
    expect(await queue.reserve(SERVICE)).toBe('stopping');
    expect(drained).toBe(false);
    finish.get('a')?.();
    await result;
    mine.release();
    await draining;
    expect(drained).toBe(true);
  });

  it('disposed of, aborts what runs and what waits', async () => {
    const outcomes = ['a', 'b', 'c'].map(async (id) => {
      const mine = await reserve();
      return mine.perform(run(id), never).then(
        () => 'done',
        (error: Error) => {
          mine.release();
          return error.message;
        },
      );
    });
    await expect.poll(now).toEqual(['a', 'b']);
    await queue[Symbol.asyncDispose]();
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill('The provider is stopping'));
    expect(running).toEqual([]);
  });
});
