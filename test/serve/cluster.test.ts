// A cluster of three NATS nodes that loses one: no run and no record is refused while the others elect a new leader.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNatsStore } from '../../src/serve/nats/kv-store.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import { findNats, type NatsServers, openLinkSoon, startNatsCluster } from '../support/nats.js';
import { echo, NatsWorld } from '../support/nats-world.js';
import { countingService } from '../unit/serve/support.js';

const SERVICE = { ...countingService('one'), concurrency: 3 };
const SENDERS = 4;
const never = new AbortController().signal;

describe.runIf(findNats() !== null)('a cluster that loses a node', () => {
  let cluster: NatsServers;
  let world: NatsWorld;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bimservice-cluster-'));
    cluster = await startNatsCluster();
    await (await openLinkSoon(cluster.url))[Symbol.asyncDispose]();
    world = new NatsWorld(cluster.url);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('refuses no run and no record, also where the node led its stream', async () => {
    const front = await world.front();
    const store = await openNatsStore(front.link, Date.now);
    for (const _n of [1, 2]) await world.worker([SERVICE], echo);
    const failed: string[] = [];
    let done = 0;
    let next = 0;
    let isOver = false;
    const sendOne = async (): Promise<void> => {
      next += 1;
      const id = `run-${next}`;
      const own = await mkdtemp(join(folder, 'run-'));
      const modelPath = join(own, 'model.ifc');
      // Every other one is small.
      const model = randomBytes(next % 2 === 0 ? 1_200_000 : 100);
      await writeFile(modelPath, model);
      if (!(await store.create('client', id, { id }, null))) throw new Error('a record of another one');
      const place = await front.queue.reserve(SERVICE);
      if (typeof place === 'string') throw new Error(place);
      const run = {
        id,
        serviceId: 'one',
        inputType: null,
        model: ReceivedModel.inFile(modelPath, model.length),
        folder: { path: own },
        progress: () => {},
      };
      const { body } = await place.perform(run, never).finally(() => place.release());
      const result = 'path' in body ? await readFile(body.path) : Buffer.from(body);
      if (!result.equals(model)) throw new Error('a wrong result');
      if ((await store.get('client', id)) === undefined) throw new Error('a lost record');
      await rm(own, { recursive: true });
    };
    const senders = Array.from({ length: SENDERS }, async () => {
      while (!isOver) {
        await sendOne().then(
          () => {
            done += 1;
          },
          (error: unknown) => void failed.push(String(error)),
        );
      }
    });
    const more = async (count: number): Promise<void> => {
      const enough = done + failed.length + count;
      await expect.poll(() => done + failed.length, { timeout: 60_000 }).toBeGreaterThan(enough);
    };
    await more(10);
    const { cluster: raft } = await front.link.jsm.streams.info(`${world.name}_files`);
    const leader = cluster.nodes[Number(raft?.leader?.replace('node', ''))];
    await leader?.kill();
    await more(60);
    isOver = true;
    await Promise.all(senders);
    expect(failed).toEqual([]);
  });
});
