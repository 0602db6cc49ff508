// NATS goes away while front ends and workers use it, and comes back.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countJobs, ensureConsumer, ensureStreams } from '../../src/serve/nats/job-streams.js';
import { openNatsStore } from '../../src/serve/nats/kv-store.js';
import { Pull } from '../../src/serve/nats/pull.js';
import { Names } from '../../src/serve/nats/wire.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import { findNats, startNats } from '../support/nats.js';
import { echo, NatsWorld, QUICK } from '../support/nats-world.js';
import { countingService } from '../unit/serve/support.js';

const SERVICE = { ...countingService('one'), concurrency: 2 };
const never = new AbortController().signal;

describe.runIf(findNats() !== null)('NATS itself', () => {
  it('comes back: a worker asks for the next run at once, and not when its lost request has ended', async () => {
    await using servers = await startNats();
    const [node] = servers.nodes;
    await using world = new NatsWorld(servers.url);
    const link = await world.link();
    await ensureStreams(link);
    const consumer = await ensureConsumer(link, SERVICE.id, world.timings);
    // Longer than this test may take.
    await using pull = new Pull(link, new Names(world.name).jobsStream, consumer, 600_000);
    const next = pull.next();
    await link.nc.flush();
    await node?.kill();
    await expect.poll(() => link.isUp).toBe(false);
    await node?.start();
    expect(await next).toBeNull();
  });

  it('goes away in a run and comes back: the run is finished, and new ones wait or are refused', async () => {
    await using servers = await startNats();
    const [node] = servers.nodes;
    const folder = await mkdtemp(join(tmpdir(), 'bimservice-front-'));
    await using world = new NatsWorld(servers.url, {
      timings: { ...QUICK, noWorker: 60_000, grace: 30_000 },
      patience: 1000,
    });
    const front = await world.front();
    const store = await openNatsStore(front.link, Date.now);
    let finish: (() => void) | undefined;
    let begun = 0;
    const { events } = await world.worker([SERVICE], async (queued, signal) => {
      begun += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return echo(queued, signal);
    });
    const modelPath = join(folder, 'model.ifc');
    await writeFile(modelPath, 'model');
    const mine = await front.queue.reserve(SERVICE);
    if (typeof mine === 'string') throw new Error(mine);
    const queued = {
      id: 'r',
      serviceId: 'one',
      inputType: null,
      model: ReceivedModel.inFile(modelPath, 5),
      folder: { path: folder },
      progress: () => {},
    };
    const result = mine.perform(queued, never);
    await expect.poll(() => finish).toBeDefined();
    await node?.kill();
    await expect.poll(() => front.link.isUp).toBe(false);
    const refused = store.get('client', 'a').catch((error: Error) => error.message);
    finish?.();
    expect(await refused).toContain('does not respond');
    await node?.start();
    expect((await result).title).toBe('echo');
    expect(begun).toBe(1);
    mine.release();
    expect(await store.get('client', 'a')).toBeUndefined();
    await expect
      .poll(async () => (await countJobs(front.link)).services, { timeout: 15_000 })
      .toEqual([{ service: 'one', waiting: 0, running: 0 }]);
    await expect.poll(() => events.filter(({ event }) => event === 'job')).toHaveLength(1);
    await rm(folder, { recursive: true, force: true });
  });
});
