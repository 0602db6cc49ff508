// The loop of `watch` where something goes wrong beside the run itself: files that cannot be read, shares, results, folders that are left.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Wakeup } from '../../../src/core/watch/wakeup.js';
import { readState, type WatchState } from '../../../src/core/watch/watch-record.js';
import { WatchedModels } from '../../../src/core/watch/watched-models.js';
import { World } from './world.js';

const A = '/models/a.ifc';
const B = '/models/b.ifc';

afterEach(() => vi.useRealTimers());

const inHand = (): WatchState => ({
  service: 's',
  models: new Map([[A, { label: 'a', mark: null, revisions: [], inHand: { hash: 'h1', folder: 'a/1' } }]]),
});

describe('files', () => {
  test('one that cannot be read: reported once, an error with --once only, and its name is clean', async () => {
    const once = new World();
    once.write('/models/a\u001b[2J.ifc', 'locked');
    const errors = await once.watch({ once: true });
    expect(errors).toMatchObject([{ code: 'model-unreadable' }]);
    expect(String(errors[0])).not.toContain('\u001b');
    expect(String(errors[0])).toContain('is locked');

    const watching = new World().end(40_000);
    watching.write(A, 'locked');
    expect(await watching.watch()).toBe('stopped');
    expect(watching.events).toEqual(['not-ready a.ifc']);
  });

  test('one that is saved between its inspection and its run: nothing is sent before it is read again', async () => {
    const world = new World().end(30_000);
    world.write(A, 'h1');
    let isFirst = true;
    world.beforeRun = (path) => {
      if (isFirst) world.write(path, 'h2');
      isFirst = false;
    };
    await world.watch({ everyMs: 500 });
    expect(world.runs.map((run) => run.split(' ')[1])).toEqual(['h2']);
  });

  test('the run of one begins before the next one is read: a large one takes a while', async () => {
    const world = new World().end(30_000);
    world.write(A, 'h1');
    world.write(B, 'h2');
    const steps: string[] = [];
    world.beforeInspection = (path) => steps.push(`read ${path}`);
    world.beforeRun = (path) => steps.push(`run ${path}`);
    await world.watch();
    expect(steps.slice(0, 3)).toEqual([`read ${A}`, `run ${A}`, `read ${B}`]);
  });
});

test('a share that does not respond to a look is away, and back when it does', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = new World().end(60_000);
  let respond = () => {};
  world.share = new Promise((resolve) => {
    respond = resolve;
  });
  world.write(A, 'h1');
  const watching = world.watch();
  await vi.advanceTimersByTimeAsync(29_999);
  expect(world.events).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(world.events).toEqual(['away the disk']);
  respond();
  expect(await watching).toBe('stopped');
  expect(world.events).toEqual(['away the disk', 'back the disk', 'queued a.ifc', 'result a.ifc']);
});

describe('folders of runs', () => {
  const folder = expect.stringMatching(/^a\/19700101T\d{6}Z-h1$/);

  test('a run that is repeated, that changed or that was stopped before it was sent leaves none', async () => {
    const down = new World().end(3000);
    down.write(A, 'h1');
    down.plan = () => ({ code: 'unreachable' });
    await down.watch();
    expect(down.tidied).toEqual([folder]);

    const stopped = new World().end(3000);
    stopped.interrupted = 'not-sent';
    stopped.write(A, 'h1');
    stopped.plan = () => ({ ms: 60_000 });
    await stopped.watch();
    expect(stopped.tidied).toEqual([folder]);
    const state = readState(JSON.parse(stopped.saved.at(-1) ?? ''));
    expect(state.models.get(A)?.inHand).toBeNull();
  });

  test('a run in hand without a receipt is tidied before it is repeated', async () => {
    const world = new World().end(20_000);
    world.write(A, 'h1');
    await world.watch({ state: inHand() });
    expect(world.tidied).toEqual(['a/1']);
    expect(world.runs).toHaveLength(1);
  });

  test('a run in hand whose receipt says that it was refused is not done again, and is not the latest', async () => {
    const world = new World().end(20_000);
    world.write(A, 'h1');
    world.ends.set('a/1', 'refused');
    await world.watch({ state: inHand() });
    expect(world.runs).toEqual([]);
    expect(world.latest.size).toBe(0);
    expect(world.tidied).toEqual([]);
  });
});

describe('results', () => {
  test('`latest` that cannot be written after a run: a pause, and it is written when that is possible', async () => {
    const world: World = new World()
      .at(9000, () => {
        world.isLatestFixed = false;
      })
      .end(60_000);
    world.isLatestFixed = true;
    world.write(A, 'h1');
    await world.watch();
    expect(world.runs).toHaveLength(1);
    expect(world.latest.get('a')).toBe([...world.folders][0]);
    expect(world.events.slice(-2)).toEqual(['paused results 8000', 'resumed']);
    const state = readState(JSON.parse(world.saved.at(-1) ?? ''));
    expect(state.models.get(A)).toMatchObject({ inHand: null, revisions: [{ hash: 'h1' }] });
  });

  test('with --once no run begins after one that found no service', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.write(B, 'h2');
    world.write('/models/c.ifc', 'h3');
    world.plan = (path) => (path === A ? { code: 'unreachable' } : { ms: 3000 });
    const errors = await world.watch({ once: true, jobs: 2 });
    expect(errors).toMatchObject([{ code: 'unreachable' }]);
    expect(world.runs).toEqual(['a.ifc h1 at 2000', 'b.ifc h2 at 2000']);
  });
});

test('an abort while something is reported begins no run', async () => {
  const world = new World();
  world.write(A, 'h1');
  world.onEvent = () => world.stopNow();
  expect(await world.watch()).toBe('stopped');
  expect(world.events).toEqual(['queued a.ifc']);
  expect(world.runs).toEqual([]);
});

test('a state is written after the one before: of two at once the older one could be the last', async () => {
  const steps: string[] = [];
  const saveState = async () => {
    steps.push('begin');
    await new Promise(setImmediate);
    steps.push('end');
  };
  const folders = { saveState, endIn: async () => null, pointTo: async () => true, tidy: async () => {} };
  const watched = new WatchedModels({ service: 's', models: new Map() }, folders);
  await Promise.all([watched.save(), watched.save()]);
  expect(steps).toEqual(['begin', 'end', 'begin', 'end']);
});

test('`latest` is pointed to a result once', async () => {
  const world: World = new World().at(20_000, () => world.write(B, 'h2')).end(60_000);
  world.write(A, 'h1');
  await world.watch();
  expect(world.pointed.filter((label) => label === 'a')).toHaveLength(1);
});

test('what happens before a wait ends that wait at once, and no later one', async () => {
  const wakeup = new Wakeup();
  const slept: number[] = [];
  const timer = { sleep: async (ms: number) => void slept.push(ms) };
  const { signal } = new AbortController();
  wakeup.wake();
  await wakeup.wait(1000, timer, signal);
  expect(slept).toEqual([]);
  await wakeup.wait(2000, timer, signal);
  expect(slept).toEqual([2000]);
});

test('of names that differ only in the way their accents are written, each has its own folder', async () => {
  const world = new World().end(20_000);
  world.write('/models/caf\u00e9.ifc', 'h1');
  world.write('/models/cafe\u0301.ifc', 'h2');
  await world.watch();
  const state = readState(JSON.parse(world.saved.at(-1) ?? ''));
  const labels = [...state.models.values()].map(({ label }) => label.normalize('NFC'));
  expect(new Set(labels).size).toBe(2);
});

describe('a state file', () => {
  test('of a newer program is refused with that reason', () => {
    expect(() => readState({ version: 2, service: 's', models: {} })).toThrow('newer bimservice');
  });

  test('with an outcome that does not exist is damaged', () => {
    const revision = { hash: 'h', outcome: 'finished', folder: 'a/1', endedAt: 1 };
    const state = { version: 1, service: 's', models: { '/a': { label: 'a', revisions: [revision] } } };
    expect(() => readState(state)).toThrow('damaged revision of /a');
  });
});
