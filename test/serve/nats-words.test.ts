// What a front end says to workers: a worker is played by hand, over a real NATS.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureConsumer } from '../../src/serve/nats/job-streams.js';
import type { Link } from '../../src/serve/nats/link.js';
import { Pull } from '../../src/serve/nats/pull.js';
import { frame, type Job, Names, readJob, type ToFront } from '../../src/serve/nats/wire.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import type { ServiceResult } from '../../src/serve/service/served-service.js';
import { findNats, type NatsServers, startNats } from '../support/nats.js';
import { NatsWorld } from '../support/nats-world.js';
import * as client from '../unit/serve/support.js';

const SERVICE = client.countingService('one');
const never = new AbortController().signal;
const WORDS = {
  fileName: 'r.txt',
  contentType: 'text/plain',
  outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
  title: 'r',
};

describe.runIf(findNats() !== null)('a front end', () => {
  let servers: NatsServers;
  let world: NatsWorld;
  let folder: string;
  let link: Link;
  let names: Names;
  let pull: Pull;
  beforeAll(async () => {
    servers = await startNats();
    folder = await mkdtemp(join(tmpdir(), 'bimservice-words-'));
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await world?.[Symbol.asyncDispose]();
    world = new NatsWorld(servers.url, { timings: { lease: 100, check: 100, beat: 50 } });
    link = await world.link();
    names = new Names(world.name);
    link.nc.subscribe(names.can(SERVICE.id), { callback: (_error, message) => void message.respond('') });
  });

  /** Sends a small model; the job and what becomes of it. */
  async function send(): Promise<{ job: Job; result: Promise<ServiceResult> }> {
    const { queue } = await world.front();
    await link.nc.flush();
    const consumer = await ensureConsumer(link, SERVICE.id, world.timings);
    pull = new Pull(link, names.jobsStream, consumer);
    const place = await queue.reserve(SERVICE);
    if (typeof place === 'string') throw new Error(place);
    const own = await mkdtemp(join(folder, 'run-'));
    const modelPath = join(own, 'model.ifc');
    await writeFile(modelPath, 'a model');
    const run = {
      id: 'run-1',
      serviceId: SERVICE.id,
      inputType: null,
      model: ReceivedModel.inFile(modelPath, 7),
      folder: { path: own },
      progress: () => {},
    };
    const result = place.perform(run, never).finally(() => place.release());
    result.catch(() => {});
    return { job: await taken(), result };
  }

  async function taken(): Promise<Job> {
    const delivery = await pull.next();
    const read = delivery === null ? undefined : readJob(delivery.data);
    if (read === undefined) throw new Error('no job');
    return read.job;
  }

  function message(job: Job, worker: string, say: ToFront['say'], more: Partial<ToFront> = {}): Uint8Array {
    return frame({ ...more, say, job: job.id, worker }, Buffer.from('result'));
  }

  async function ask(job: Job, ...said: [string, ToFront['say'], Partial<ToFront>?]): Promise<string> {
    const response = await link.nc.request(names.front(job.front), message(job, ...said), { timeout: 5000 });
    return response.string();
  }

  const done = { result: { ...WORDS, bytes: 6, inline: true, ticket: '' } };

  it('responds nothing to the worker that has begun, and to another one that it has to yield', async () => {
    const { job, result } = await send();
    expect(job.first).toBe(true);
    const responses: string[] = [];
    const reply = link.modules.transport.createInbox();
    link.nc.subscribe(reply, { callback: (_error, response) => void responses.push(response.string()) });
    link.nc.publish(names.front(job.front), message(job, 'here', 'began'), { reply });
    // Responses come in the order of what was said.
    expect(await ask(job, 'here', 'beat')).toBe('go');
    expect(responses).toEqual([]);
    expect(await ask(job, 'there', 'began')).toBe('yield');
    expect(await ask(job, 'there', 'done', done)).toBe('yield');
    expect(await ask(job, 'here', 'done', done)).toBe('ok');
    expect(String((await result).body)).toBe('result');
  });

  it('takes the result of a worker whose first word was lost, and stops one that comes after', async () => {
    const { job, result } = await send();
    expect(await ask(job, 'here', 'done', done)).toBe('ok');
    await result;
    expect(await ask(job, 'there', 'began')).toBe('stop');
    expect(await ask(job, 'there', 'claim')).toBe('drop');
  });

  it('sends a run again with the mark that its worker has to claim it', async () => {
    const { job, result } = await send();
    // Its worker is silent, and its message is lost.
    link.nc.publish(names.front(job.front), message(job, 'here', 'began'));
    await link.nc.flush();
    await link.jsm.streams.purge(names.jobsStream);
    const again = await taken();
    expect([again.id, again.first]).toEqual([job.id, false]);
    expect(await ask(again, 'there', 'claim')).toBe('run');
    expect(await ask(again, 'there', 'done', done)).toBe('ok');
    await result;
  });
});
