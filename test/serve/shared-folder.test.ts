// Large models and results in a folder that front ends and workers see, over a real NATS.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listDead } from '../../src/serve/nats/job-streams.js';
import { SharedFiles } from '../../src/serve/nats/shared-files.js';
import type { Perform, QueuedRun } from '../../src/serve/runs/run-queue.js';
import { cleanEnvironment, PROGRAM, spawnProgram } from '../support/cli.js';
import { findNats, type NatsServers, startNats } from '../support/nats.js';
import { NatsWorld } from '../support/nats-world.js';
import { countingService } from '../unit/serve/support.js';

const SERVICE = countingService('one');
const TIMINGS = { ackWait: 1000, beat: 200, lease: 700, grace: 800, noWorker: 1500, sweep: 300 };
const MODEL = 'model '.repeat(100_000);
const never = new AbortController().signal;

let folder: string;
let shared: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bimservice-shared-'));
  shared = join(folder, 'shared');
  await mkdir(shared);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Everything below the shared folder. */
const files = () => readdir(shared, { recursive: true });

describe.runIf(findNats() !== null)('front ends and workers with a shared folder', () => {
  let servers: NatsServers;
  let world: NatsWorld;
  beforeAll(async () => {
    servers = await startNats();
  });
  afterAll(() => servers?.[Symbol.asyncDispose]());
  beforeEach(() => {
    world = new NatsWorld(servers.url, { timings: TIMINGS, attempts: 2, sharedFolder: shared });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  async function run(): Promise<QueuedRun> {
    const own = await mkdtemp(join(folder, 'run-'));
    const modelPath = join(own, 'model.ifc');
    await writeFile(modelPath, MODEL);
    return {
      id: randomUUID(),
      serviceId: 'one',
      inputType: null,
      modelPath,
      folder: own,
      progress: () => {},
    };
  }

  async function perform(front: Awaited<ReturnType<NatsWorld['front']>>, queued: QueuedRun) {
    const place = await front.queue.reserve(SERVICE);
    if (typeof place === 'string') throw new Error(place);
    return place.perform(queued, never).finally(() => place.release());
  }

  const reply = (body: Buffer) => ({
    fileName: 'r.txt',
    contentType: 'text/plain',
    outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
    title: 'echo',
    body,
  });

  it('send models and results through it, and leave nothing there and in the object store', async () => {
    const front = await world.front();
    let during: string[] = [];
    const echo: Perform = async ({ modelPath }) => {
      during = await files();
      const model = await readFile(modelPath);
      // What a command does to its model is its own.
      await writeFile(modelPath, 'changed');
      return reply(model);
    };
    await world.worker([SERVICE], echo);
    const queued = await run();
    const result = await perform(front, queued);
    if (!('path' in result.body)) throw new Error('the result was small');
    expect(await readFile(result.body.path, 'utf8')).toBe(MODEL);
    expect(during.some((name) => name.endsWith(`${queued.id}/model`))).toBe(true);
    expect(await readFile(queued.modelPath, 'utf8')).toBe(MODEL);
    expect((await files()).filter((name) => name.includes(queued.id))).toEqual([]);
    const { state } = await front.link.jsm.streams.info(`OBJ_${world.name}_files`);
    expect(state.messages).toBe(0);
    await front.queue[Symbol.asyncDispose]();
    expect(await files()).toEqual([`${world.name}.runs`]);
  });

  it('a worker without the folder gives the run back, and the operator sees why', async () => {
    const front = await world.front();
    const working = await world.worker([SERVICE], async () => reply(Buffer.from('never')), false);
    await expect(perform(front, await run())).rejects.toThrow('no worker finished it');
    expect((await listDead(front.link)).map(({ reason }) => reason)).toEqual([
      expect.stringContaining('started without --shared-folder'),
    ]);
    expect(working.events).toContainEqual(
      expect.objectContaining({ outcome: 'released', words: expect.stringContaining('--shared-folder') }),
    );
  });

  it('a worker that sees another folder gives the run back with the name of its folder', async () => {
    const front = await world.front();
    const other = join(folder, 'other');
    await mkdir(other);
    const elsewhere = await SharedFiles.open(other, world.name);
    await expect(elsewhere.get(randomUUID(), 'job', 'model', join(folder, 'copy'), never)).rejects.toThrow(
      `not in the shared folder ${other}: front ends and workers must see the same folder`,
    );
    await front.queue[Symbol.asyncDispose]();
  });

  it('is swept of what a killed front end left, and of nothing else', async () => {
    const mine = await SharedFiles.open(shared, 'name');
    const path = join(folder, 'model');
    await writeFile(path, MODEL);
    const [gone, here] = [randomUUID(), randomUUID()];
    for (const front of [gone, here]) await mine.put(front, 'job', 'model', path, never);
    await mkdir(join(shared, 'name.runs', 'of the operator'));
    const isAlive = async (front: string) => front === here;
    await mine.sweep(isAlive);
    expect(await readdir(join(shared, 'name.runs'))).toContain(gone);
    await mine.sweep(isAlive);
    expect((await readdir(join(shared, 'name.runs'))).sort()).toEqual([here, 'of the operator'].sort());
  });
});

it('--shared-folder needs --nats and a folder that is there', async () => {
  const cli = (...argv: string[]) =>
    spawnProgram(process.execPath, [PROGRAM, ...argv, '--data', join(folder, 'data')], {
      cwd: folder,
      env: cleanEnvironment(),
    });
  expect(await cli('serve', '--shared-folder', shared, '--port', '0')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--nats is missing'),
  });
  expect(await cli('worker', '--nats', 'nats://127.0.0.1:1', '--shared-folder', 'none')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--shared-folder: none cannot be used .*ENOENT/),
  });
});
