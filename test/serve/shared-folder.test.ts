// Large models and results in a folder that front ends and workers see, over a real NATS.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listDead } from '../../src/serve/nats/job-streams.js';
import { SharedFiles } from '../../src/serve/nats/shared-files.js';
import { ReceivedModel } from '../../src/serve/runs/received-model.js';
import type { Perform, QueuedRun } from '../../src/serve/runs/run-queue.js';
import type { LoggedEvent } from '../../src/serve/service/served-service.js';
import { cleanEnvironment, PROGRAM, spawnProgram } from '../support/cli.js';
import { findNats, type NatsServers, startNats } from '../support/nats.js';
import { NatsWorld, QUICK } from '../support/nats-world.js';
import { countingService } from '../unit/serve/support.js';

const SERVICE = countingService('one');
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
    world = new NatsWorld(servers.url, { timings: QUICK, attempts: 2, sharedFolder: shared });
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
      model: ReceivedModel.inFile(modelPath, MODEL.length),
      folder: { path: own },
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

  it('send models and results through it, and leave nothing there and on NATS', async () => {
    const front = await world.front();
    let during: string[] = [];
    const watching: Perform = async ({ model: received }) => {
      const modelPath = received.file();
      during = await files();
      const model = await readFile(modelPath);
      // What a command does to its model is its own.
      await writeFile(modelPath, 'changed');
      return reply(model);
    };
    await world.worker([SERVICE], watching);
    const queued = await run();
    const result = await perform(front, queued);
    if (!('path' in result.body)) throw new Error('the result was small');
    expect(await readFile(result.body.path, 'utf8')).toBe(MODEL);
    expect(during.some((name) => name.endsWith(`${queued.id}/model`))).toBe(true);
    expect(await readFile(queued.model.file(), 'utf8')).toBe(MODEL);
    expect((await files()).filter((name) => name.includes(queued.id))).toEqual([]);
    const { state } = await front.link.jsm.streams.info(`${world.name}_files`);
    expect(state.messages).toBe(0);
    await front.queue[Symbol.asyncDispose]();
    expect(await files()).toEqual([`${world.name}.runs`]);
  });

  const echo: Perform = async ({ model }) => reply(await readFile(model.file()));

  it.each([
    ['was started without --shared-folder', null],
    ['has another folder', 'other'],
  ])('a worker that %s gets no run, and both logs say why', async (_what, name) => {
    const front = await world.front();
    const other = name === null ? null : join(folder, name);
    if (other !== null) await mkdir(other);
    const working = await world.worker([SERVICE], echo, other);
    expect(await front.queue.reserve(SERVICE)).toBe('no-worker');
    const { id } = working.worker;
    const words =
      other === null
        ? `the worker ${id} on ${hostname()} was started without --shared-folder`
        : `the worker ${id} on ${hostname()} does not see that folder: its --shared-folder is ${other}`;
    const said = (events: readonly LoggedEvent[]) =>
      events.flatMap((event) => (event.event === 'trouble' ? [event.reason] : []));
    expect(said(front.events)).toEqual([
      `This front end on ${hostname()} uses the shared folder ${shared}; ${words}. That worker gets none of its runs`,
    ]);
    expect(said(working.events)).toEqual([expect.stringContaining(`uses a shared folder, and ${words}`)]);
    // One that sees it does every run, also where the first one asks for each of them.
    await world.worker([SERVICE], echo);
    for (const _turn of [1, 2, 3]) expect((await perform(front, await run())).title).toBe('echo');
    expect([...front.events, ...working.events].map(({ event }) => event)).not.toContain('run-repeated');
  });

  it('a worker that does not see the folder removes the runs of a front end that is gone, too', async () => {
    const front = await world.front();
    const hanging: Perform = (_run, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const working = await world.worker([SERVICE], hanging);
    const cut = perform(front, await run()).catch(() => {});
    await expect.poll(() => front.queue.counts.running).toBe(1);
    await front.link.nc.close();
    await working.link.nc.close();
    await world.worker([SERVICE], echo, null);
    const link = await world.link();
    const jobs = async () => (await link.jsm.streams.info(`${world.name}_jobs`)).state.messages;
    await expect.poll(jobs).toBe(0);
    expect((await listDead(link)).map(({ reason }) => reason)).toEqual([
      'The front end that took it is gone',
    ]);
    void cut;
  });

  it('is swept of what a worker left of a run that has ended', async () => {
    await world.front();
    const before = await files();
    const [front = ''] = await readdir(join(shared, `${world.name}.runs`));
    const late = await SharedFiles.open(shared, world.name);
    const path = join(folder, 'result');
    await writeFile(path, MODEL);
    await late.put(front, 'ended', 'result', path, never);
    await expect.poll(files).toEqual(before);
  });

  it('names the folder and the machine where a file is not in it, or it is gone', async () => {
    const front = randomUUID();
    const mine = await SharedFiles.open(shared, 'name');
    await mine.join(front);
    const at = `shared folder ${shared} on ${hostname()}`;
    const copy = join(folder, 'copy');
    await expect(mine.get(front, 'job', 'model', { path: copy }, never)).rejects.toThrow(
      `the model of run job is not in the ${at}: front ends and workers must see the same folder`,
    );
    // It is not mounted any more: nothing is written into the empty place.
    await rm(join(shared, 'name.runs'), { recursive: true });
    await writeFile(copy, MODEL);
    await expect(mine.put(front, 'job', 'model', copy, never)).rejects.toThrow(
      `the ${at} cannot be written (ENOENT)`,
    );
    expect(await files()).toEqual([]);
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
