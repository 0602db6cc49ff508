// The loop of `watch` with a clock of its own: pauses, tokens, shares, what is saved, and `--once`.
import { describe, expect, test } from 'vitest';
import { readState, type WatchState } from '../../../src/core/watch/watch-record.js';
import type { ErrorCode, Outcome } from '../../../src/errors.js';

import { type PlannedRun, World } from './world.js';

const A = '/models/a.ifc';
const B = '/models/b.ifc';

describe('events and looks', () => {
  test('without events, a look every everyMs finds the change', async () => {
    const world = new World().at(1000, () => world.write(A, 'h1')).end(20_000);
    expect(await world.watch()).toBe('stopped');
    expect(world.runs).toEqual(['a.ifc h1 at 12000']);
  });

  test('a hint makes the look come at once', async () => {
    const world: World = new World()
      .at(1000, () => {
        world.write(A, 'h1');
        world.hint();
      })
      .end(20_000);
    await world.watch();
    expect(world.runs).toEqual(['a.ifc h1 at 3000']);
  });

  test('a share that goes away and comes back: both said once, and nothing runs again', async () => {
    const world: World = new World()
      .at(15_000, () => {
        world.away = [{ path: '/models', why: 'no such device' }];
      })
      .at(45_000, () => {
        world.away = [];
      })
      .end(80_000);
    world.write(A, 'h1');
    await world.watch();
    expect(world.events).toEqual(['queued a.ifc', 'result a.ifc', 'away /models', 'back /models']);
    expect(world.runs).toHaveLength(1);
  });

  test('a copy with a conflict is mentioned once', async () => {
    const world = new World().end(40_000);
    world.conflicts = ['/models/a (conflicted copy).ifc'];
    await world.watch();
    expect(world.events).toEqual(['conflict-copy a (conflicted copy).ifc']);
  });
});

describe('pauses', () => {
  test.each<[string, PlannedRun]>([
    ['not reached', { code: 'unreachable' }],
    ['503', { code: 'service-failed', outcome: 'refused', status: 503 }],
    ['429', { code: 'service-refused', outcome: 'refused', status: 429 }],
  ])('%s: longer each time, at most 5 minutes, and said each time', async (_, planned) => {
    const world = new World().end(1_200_000);
    world.write(A, 'h1');
    world.plan = () => planned;
    await world.watch();
    const pauses = world.events
      .filter((event) => event.startsWith('paused'))
      .map((event) => event.split(' ')[2]);
    expect(pauses.slice(0, 10)).toEqual([
      '2000',
      '4000',
      '8000',
      '16000',
      '32000',
      '64000',
      '128000',
      '256000',
      '300000',
      '300000',
    ]);
    expect(world.events.filter((event) => event.startsWith('result'))).toEqual([]);
  });

  test('as long as the service asks', async () => {
    const world = new World().end(100_000);
    world.write(A, 'h1');
    world.plan = (_path, _hash, attempt) =>
      attempt === 1 ? { code: 'service-failed', outcome: 'refused', status: 503, retryAfterSeconds: 60 } : {};
    await world.watch();
    expect(world.events).toEqual(['queued a.ifc', 'paused service 60000', 'resumed', 'result a.ifc']);
    expect(world.runs[1]).toBe('a.ifc h1 at 62000');
  });

  test('after a success they begin at 2 seconds again', async () => {
    const world = new World().at(40_000, () => world.write(A, 'h2')).end(100_000);
    world.write(A, 'h1');
    const fails = new Set([1, 2, 4]);
    world.plan = (_path, _hash, attempt) => (fails.has(attempt) ? { code: 'unreachable' } : {});
    await world.watch();
    expect(world.events.filter((event) => event.startsWith('paused'))).toEqual([
      'paused service 2000',
      'paused service 4000',
      'paused service 2000',
    ]);
  });

  test('several runs that fail together make one pause', async () => {
    const world = new World().end(4500);
    for (const name of ['a', 'b', 'c']) world.write(`/models/${name}.ifc`, `h${name}`);
    world.plan = () => ({ code: 'unreachable', ms: 500 });
    await world.watch({ jobs: 3 });
    expect(world.mostAtOnce).toBe(3);
    expect(world.events.filter((event) => event.startsWith('paused'))).toEqual(['paused service 2000']);
  });

  test('a newer revision during the pause is the one that runs', async () => {
    const world = new World().at(4500, () => world.write(A, 'h2')).end(60_000);
    world.write(A, 'h1');
    world.plan = (_path, _hash, attempt) => (attempt <= 3 ? { code: 'unreachable' } : {});
    await world.watch({ everyMs: 500 });
    expect(world.runs.map((run) => run.split(' ')[1])).toEqual(['h1', 'h1', 'h2', 'h2']);
  });

  test('no token: tried again as soon as there is another one', async () => {
    const world: World = new World()
      .at(20_500, () => {
        world.token = 'new';
      })
      .end(60_000);
    world.token = 'old';
    world.write(A, 'h1');
    world.plan = () => (world.token === 'old' ? { code: 'token-expired' } : {});
    await world.watch();
    expect(world.runs.at(-1)).toBe('a.ifc h1 at 22000');
    expect(world.events.slice(-2)).toEqual(['resumed', 'result a.ifc']);
  });

  test('a token that the service refuses and that stays the same is not sent in a loop', async () => {
    const world = new World().end(30_000);
    world.token = 'old';
    world.write(A, 'h1');
    world.plan = () => ({ code: 'token-refused', outcome: 'refused', status: 401 });
    await world.watch();
    expect(world.runs.map((run) => run.split(' at ')[1])).toEqual(['2000', '4000', '8000', '16000']);
  });

  test('results that cannot be written: nothing is sent, and it goes on when they can', async () => {
    const world: World = new World()
      .at(9000, () => {
        world.isDiskFull = false;
      })
      .end(60_000);
    world.isDiskFull = true;
    world.write(A, 'h1');
    await world.watch();
    expect(world.runs).toEqual(['a.ifc h1 at 16000']);
    expect(world.events).toContain('paused results 2000');
  });
});

describe('ends of runs', () => {
  test.each<[ErrorCode, Outcome, number]>([
    ['service-refused', 'refused', 415],
    ['service-failed', 'refused', 500],
    ['outcome-unknown', 'unknown', 504],
    ['result-unexpected', 'done', 200],
    ['not-a-model', 'not-sent', 0],
  ])('%s is final for this revision', async (code, outcome, status) => {
    const world = new World().at(20_000, () => world.write(A, 'h1')).end(60_000);
    world.write(A, 'h1');
    world.plan = () => ({ code, outcome, status });
    await world.watch();
    expect(world.runs).toHaveLength(1);
    expect(world.events).toEqual(['queued a.ifc', `result a.ifc ${code}`, 'unchanged a.ifc']);
    expect(world.latest.size).toBe(outcome === 'done' ? 1 : 0);
  });

  test('a model that changes while it is sent is run when it is still', async () => {
    const world = new World().at(3000, () => world.write(A, 'h2')).end(60_000);
    world.write(A, 'h1');
    world.plan = (_path, hash) =>
      hash === 'h1' ? { code: 'model-changed', outcome: 'refused', ms: 3000 } : {};
    await world.watch({ everyMs: 500 });
    expect(world.runs.map((run) => run.split(' ')[1])).toEqual(['h1', 'h2']);
    expect(world.events.filter((event) => event.startsWith('result'))).toEqual(['result a.ifc']);
  });

  test('Ctrl-C: the run in hand ends, and stays in hand in the state file', async () => {
    const world = new World().end(5000);
    world.write(A, 'h1');
    world.plan = () => ({ ms: 60_000 });
    expect(await world.watch()).toBe('stopped');
    expect(world.events).toEqual(['queued a.ifc', 'result a.ifc interrupted']);
    const state = readState(JSON.parse(world.saved.at(-1) ?? ''));
    expect(state.models.get(A)?.inHand).toMatchObject({ hash: 'h1' });
  });
});

describe('what the state file knows', () => {
  const inHand = (): WatchState => ({
    service: 's',
    models: new Map([[A, { label: 'a', mark: null, revisions: [], inHand: { hash: 'h1', folder: 'a/1' } }]]),
  });

  test('a run in hand without a receipt is repeated, and said', async () => {
    const world = new World().end(20_000);
    world.write(A, 'h1');
    await world.watch({ state: inHand() });
    expect(world.events).toEqual(['repeated a.ifc', 'queued a.ifc', 'result a.ifc']);
  });

  test('a run in hand with a receipt is done, and latest points to it', async () => {
    const world = new World().end(20_000);
    world.write(A, 'h1');
    world.ends.set('a/1', 'done');
    await world.watch({ state: inHand() });
    expect(world.runs).toEqual([]);
    expect(world.latest.get('a')).toBe('a/1');
  });

  test('a file that was saved again without a change is noted, with one save for all', async () => {
    const world: World = new World()
      .at(20_000, () => {
        world.write(A, 'h1');
        world.write(B, 'h2');
      })
      .end(60_000);
    world.write(A, 'h1');
    world.write(B, 'h2');
    await world.watch();
    const marks = world.saved.map((text) =>
      [...readState(JSON.parse(text)).models.values()].map(({ mark }) => mark),
    );
    expect(marks.at(-2)).toEqual(['m1', 'm2']);
    expect(marks.at(-1)).toEqual(['m3', 'm4']);
  });

  test('before a run it says what is in hand, after it what is done: a kill at any moment loses nothing', async () => {
    const world = new World().end(20_000);
    world.write(A, 'h1');
    world.plan = () => ({ ms: 1000 });
    await world.watch();
    const [before, after] = world.saved.map((text) => readState(JSON.parse(text)).models.get(A));
    expect(before).toMatchObject({ inHand: { hash: 'h1' }, revisions: [] });
    expect(after).toMatchObject({ inHand: null, revisions: [{ hash: 'h1', outcome: 'done' }] });
  });

  test('models with one name have folders of their own, which stay', async () => {
    const world = new World().at(30_000, () => world.write('/other/a.ifc', 'h4')).end(60_000);
    for (const [path, hash] of [
      ['/models/a.ifc', 'h1'],
      ['/models/A.ifczip', 'h2'],
      ['/other/a.ifc', 'h3'],
      ['/more/other/a.ifc', 'h5'],
    ] as const)
      world.write(path, hash);
    await world.watch();
    const state = readState(JSON.parse(world.saved.at(-1) ?? ''));
    const labels = [...state.models.values()].map(({ label }) => label);
    expect(labels).toEqual(['a', 'A.ifczip', 'a.ifc', 'other-a']);
    expect(state.models.get('/other/a.ifc')?.revisions.map(({ hash }) => hash)).toEqual(['h4', 'h3']);
  });

  test.each([
    ['no object', '[]'],
    ['another version', '{"version":0,"service":"s","models":{}}'],
    ['a newer version', '{"version":2,"service":"s","models":{}}'],
    ['no service', '{"version":1,"models":{}}'],
    ['a damaged model', '{"version":1,"service":"s","models":{"/a":{}}}'],
    [
      'a damaged revision',
      '{"version":1,"service":"s","models":{"/a":{"label":"a","revisions":[{"hash":1}]}}}',
    ],
  ])('%s is refused', (_, text) => {
    expect(() => readState(JSON.parse(text))).toThrow();
  });
});

describe('--once', () => {
  test('runs what changed, and returns the errors', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.write(B, 'h2');
    world.plan = (path) => (path === A ? { code: 'service-refused', outcome: 'refused', status: 400 } : {});
    const errors = await world.watch({ once: true });
    expect(errors).toMatchObject([{ code: 'service-refused' }]);
    expect(world.runs).toHaveLength(2);
    expect(world.now).toBeLessThan(5000);
  });

  test('nothing to do: it ends after the settle time', async () => {
    const world = new World();
    expect(await world.watch({ once: true })).toEqual([]);
    expect(world.now).toBe(2000);
  });

  test('a file that is being written is left to the next time, and said', async () => {
    const world = new World();
    for (const ms of [500, 1500, 2500, 3500]) world.at(ms, () => world.write(A, 'h1'));
    world.write(A, 'h1');
    expect(await world.watch({ once: true })).toEqual([]);
    expect(world.events).toEqual(['not-ready a.ifc']);
  });

  test('a folder that is away is an error', async () => {
    const world = new World();
    world.away = [{ path: '/models', why: 'no such device' }];
    expect(await world.watch({ once: true })).toMatchObject([{ code: 'model-unreadable' }]);
    expect(world.events).toEqual(['away /models']);
  });

  test('a service that is down ends it, and what waits is left to the next time', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.write(B, 'h2');
    world.plan = () => ({ code: 'unreachable' });
    expect(await world.watch({ once: true })).toMatchObject([{ code: 'unreachable' }]);
    expect(world.runs).toHaveLength(1);
    const state = readState(JSON.parse(world.saved.at(-1) ?? ''));
    expect([...state.models.values()].flatMap(({ revisions }) => revisions)).toEqual([]);
  });

  test('with a retry it waits for the service, and all that waited runs', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.write(B, 'h2');
    world.plan = (_path, _hash, attempt) => (attempt <= 2 ? { code: 'unreachable' } : {});
    expect(await world.watch({ once: true, retry: 2 })).toEqual([]);
    expect(world.runs.map((run) => run.split(' at ')[1])).toEqual(['2000', '4000', '8000', '8000']);
    expect(world.events.slice(2)).toEqual([
      'paused service 2000',
      'paused service 4000',
      'resumed',
      'result a.ifc',
      'result b.ifc',
    ]);
  });

  test('after its last retry the watch ends with one error, and what waits is left to the next time', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.plan = () => ({ code: 'unreachable' });
    expect(await world.watch({ once: true, retry: 2 })).toMatchObject([{ code: 'unreachable' }]);
    expect(world.runs).toHaveLength(3);
    expect(world.lasts).toEqual([false, false, true]);
  });

  test('runs that fail together share a retry', async () => {
    const world = new World();
    for (const name of ['a', 'b', 'c']) world.write(`/models/${name}.ifc`, `h${name}`);
    world.plan = (_path, _hash, attempt) => (attempt <= 3 ? { code: 'unreachable', ms: 500 } : {});
    expect(await world.watch({ once: true, retry: 1, jobs: 3 })).toEqual([]);
    expect(world.runs).toHaveLength(6);
  });

  test('a success gives the retries back', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.write(B, 'h2');
    const fails = new Set([1, 3]);
    world.plan = (_path, _hash, attempt) => (fails.has(attempt) ? { code: 'unreachable' } : {});
    expect(await world.watch({ once: true, retry: 1 })).toEqual([]);
    expect(world.runs).toHaveLength(4);
  });

  test('a token that is refused is not tried again', async () => {
    const world = new World();
    world.write(A, 'h1');
    world.plan = () => ({ code: 'token-refused', outcome: 'refused', status: 401 });
    expect(await world.watch({ once: true, retry: 3 })).toMatchObject([{ code: 'token-refused' }]);
    expect(world.runs).toHaveLength(1);
  });
});

test.each([true, false])(
  'a report that throws after a run ends the watch with its error (once: %s)',
  async (once) => {
    const world = new World();
    world.write(A, 'h1');
    world.unreported = 'result';
    await expect(world.end(60_000).watch({ once })).rejects.toThrow('result cannot be reported');
  },
);
