// What is ready, what is new and what runs next, as a machine without a clock of its own.
import { describe, expect, test } from 'vitest';
import type { KnownModel } from '../../../src/core/watch/revisions.js';

import { type Content, Disk, revision } from './disk.js';

const A = '/models/a.ifc';
const B = '/models/b.ifc';

function known(...hashes: string[]): ReadonlyMap<string, KnownModel> {
  return new Map([[A, { mark: 'm1', revisions: hashes.map((hash) => revision(hash)) }]]);
}

describe('ready', () => {
  test('a file is inspected when size and time were still for the settle time, and not before', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    expect(disk.pass(1999)).toEqual([]);
    expect(disk.machine.nextDue).toBe(2000);
    expect(disk.pass(1)).toEqual(['queued']);
    expect(disk.machine.nextDue).toBeNull();
  });

  test('each write begins the settle time again', () => {
    const disk = new Disk();
    for (let n = 1; n <= 5; n += 1) {
      disk.write(A, 'cut');
      expect(disk.pass(1500)).toEqual([]);
    }
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
    expect(disk.runAll()).toEqual(['h1']);
  });

  test('a file without its end is said once, and runs when it has grown', () => {
    const disk = new Disk();
    disk.write(A, 'cut');
    expect(disk.pass(2000)).toEqual(['not-ready']);
    expect(disk.pass(5000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
  });

  test('it is inspected again after a while, also where the share shows no change', () => {
    const disk = new Disk();
    disk.write(A, 'cut');
    disk.pass(2000);
    disk.look();
    disk.now += 10_000;
    expect(disk.machine.due(disk.now)).toEqual([A]);
    const decision = disk.machine.inspected(A, disk.inspect(A), disk.now);
    expect(decision).toEqual({ kind: 'not-ready', why: 'is cut', isNews: false });
  });

  test('a file that is cut again after a whole revision is said again', () => {
    const disk = new Disk();
    for (const content of ['cut', 'h1', 'cut'] as const) {
      disk.write(A, content);
      disk.pass(2000);
    }
    disk.look();
    disk.now += 10_000;
    expect(disk.machine.inspected(A, disk.inspect(A), disk.now)).toMatchObject({ isNews: false });
    disk.write(A, 'h2');
    disk.pass(2000);
    disk.write(A, 'cut');
    disk.look();
    expect(disk.machine.inspected(A, disk.inspect(A), disk.now)).toMatchObject({ isNews: true });
  });

  test('a file that another program holds is read later', () => {
    const disk = new Disk();
    disk.write(A, 'locked');
    expect(disk.pass(2000)).toEqual(['not-ready']);
    disk.writeInSecret(A, 'h1');
    expect(disk.pass(10_000)).toEqual(['queued']);
  });

  test('a file that changes while it is read has to be still again', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.look();
    disk.now += 2000;
    disk.look();
    expect(disk.machine.inspected(A, { kind: 'changed' }, disk.now)).toEqual({ kind: 'nothing' });
    expect(disk.machine.due(disk.now)).toEqual([]);
    expect(disk.pass(2000)).toEqual(['queued']);
  });

  test('what was read is not what the look saw: it has to be still first', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.look();
    disk.now += 2000;
    disk.write(A, 'h2');
    expect(disk.machine.inspected(A, disk.inspect(A), disk.now)).toEqual({ kind: 'nothing' });
    expect(disk.pass(1999)).toEqual([]);
    expect(disk.pass(1)).toEqual(['queued']);
    expect(disk.runAll()).toEqual(['h2']);
  });

  test('a change that keeps size and time is seen by the mark', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    expect(disk.runAll()).toEqual(['h1']);
    disk.writeInSecret(A, 'h2');
    expect(disk.pass(0)).toEqual(['queued']);
  });
});

describe('new', () => {
  test('a file that was saved again with the same content is not run', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.runAll();
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    expect(disk.runAll()).toEqual([]);
  });

  test('with --always it is run, but only after it was saved', () => {
    const disk = new Disk({ always: true });
    disk.write(A, 'h1');
    disk.pass(2000);
    expect(disk.runAll()).toEqual(['h1']);
    expect(disk.pass(60_000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
    expect(disk.runAll()).toEqual(['h1']);
  });

  test('with --always a file that is saved once while it runs is run once more, and that run is not dropped', () => {
    const disk = new Disk({ always: true });
    disk.write(A, 'h1');
    disk.pass(2000);
    expect(disk.run()).toBe('h1');
    expect(disk.pass(60_000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
    disk.done(A, 'h1');
    expect(disk.runAll()).toEqual(['h1']);
  });

  test('with --always the file of the run in hand needs no second run when it is read another time', () => {
    const disk = new Disk({ always: true });
    disk.write(A, 'h1');
    disk.pass(2000);
    expect(disk.run()).toBe('h1');
    disk.write(A, 'cut');
    disk.pass(2000);
    disk.restore(A, 'm1', 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    disk.done(A, 'h1');
    expect(disk.runAll()).toEqual([]);
  });

  test('with --always a restart runs nothing that was not saved meanwhile', () => {
    const disk = new Disk({ always: true }, known('h1'));
    disk.write(A, 'h1');
    expect(disk.markOf(A)).toBe('m1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
  });

  test('after a restart only other content is run: the state file knows it', () => {
    const same = new Disk({}, known('h1'));
    same.write(A, 'h1');
    expect(same.pass(2000)).toEqual(['unchanged']);
    const other = new Disk({}, known('h1'));
    other.write(A, 'h2');
    expect(other.pass(2000)).toEqual(['queued']);
  });

  test('where marks are sure, a known one is not read again after a restart', () => {
    const disk = new Disk({ sureMarks: true }, known('h1'));
    disk.write(A, 'h1');
    expect(disk.pass(60_000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    expect(disk.machine.known(A).mark).toBe('m2');
  });

  test('deleted and restored: no run', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.runAll();
    disk.remove(A);
    expect(disk.pass(60_000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
  });

  test('back to an earlier revision: its result is the latest again, without a run', () => {
    const disk = new Disk();
    for (const hash of ['h1', 'h2'] as const) {
      disk.write(A, hash);
      disk.pass(2000);
      expect(disk.runAll()).toEqual([hash]);
    }
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['returned']);
    expect(disk.machine.known(A).revisions.map(({ hash }) => hash)).toEqual(['h1', 'h2']);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
  });

  test('the last 20 revisions of a model are known, and no earlier one', () => {
    const disk = new Disk();
    for (let n = 1; n <= 21; n += 1) {
      disk.write(A, `h${n}`);
      disk.pass(2000);
      disk.runAll();
    }
    expect(disk.machine.known(A).revisions.map(({ hash }) => hash)).toEqual(
      Array.from({ length: 20 }, (_, n) => `h${21 - n}`),
    );
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
    disk.write(A, 'h2');
    expect(disk.pass(2000)).toEqual(['returned']);
  });

  test('back to an earlier revision whose result is gone: it runs again', () => {
    const disk = new Disk({}, known('h2', 'h1'));
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['returned']);
    disk.machine.runAgain(A, 'h1');
    expect(disk.runAll()).toEqual(['h1']);
  });

  test.each(['refused', 'unknown'] as const)('a revision that ended %s is not sent again', (outcome) => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.done(A, 'h1', outcome);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    disk.write(A, 'h2');
    expect(disk.pass(2000)).toEqual(['queued']);
    disk.runAll();
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
  });

  test('the same content under another name is another model', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.runAll();
    disk.remove(A);
    disk.write(B, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
  });

  test('a share that is away forgets nothing', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.runAll();
    disk.machine.look([], disk.now);
    expect(disk.machine.due(disk.now + 60_000)).toEqual([]);
    disk.now += 60_000;
    expect(disk.pass(2000)).toEqual([]);
  });
});

describe('queued', () => {
  test('a newer revision replaces the one that waits, and keeps its place', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.write(B, 'h9');
    disk.pass(2000);
    disk.write(A, 'h2');
    disk.look();
    disk.now += 2000;
    disk.look();
    expect(disk.machine.inspected(A, disk.inspect(A), disk.now)).toEqual({
      kind: 'queued',
      hash: 'h2',
      replaces: 'h1',
    });
    expect(disk.machine.waiting).toBe(2);
    expect(disk.runAll()).toEqual(['h2', 'h9']);
  });

  test('back to what has run: the one that waits is not run', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.runAll();
    disk.write(A, 'h2');
    disk.pass(2000);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    expect(disk.runAll()).toEqual([]);
  });

  test('a model runs once at a time: its newer revision waits for the end', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    expect(disk.run()).toBe('h1');
    disk.write(A, 'h2');
    expect(disk.pass(2000)).toEqual(['queued']);
    expect(disk.run()).toBeNull();
    disk.done(A, 'h1');
    expect(disk.run()).toBe('h2');
  });

  test('other models run meanwhile', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.write(A, 'h2');
    disk.write(B, 'h9');
    disk.pass(2000);
    expect(disk.run()).toBe('h9');
    expect(disk.run()).toBeNull();
  });

  test('saved again with the content that runs: nothing waits', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['unchanged']);
    disk.done(A, 'h1');
    expect(disk.run()).toBeNull();
  });

  test('back to an earlier revision while a newer one runs: no run, and the earlier is the latest', () => {
    const disk = new Disk({}, known('h1'));
    disk.write(A, 'h2');
    disk.pass(2000);
    expect(disk.run()).toBe('h2');
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
    disk.done(A, 'h2');
    expect(disk.run()).toBeNull();
    expect(disk.pass(0)).toEqual(['returned']);
  });

  test('what could not be sent waits again, in front', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.write(B, 'h9');
    disk.pass(2000);
    expect(disk.run()).toBe('h1');
    disk.machine.ended(A, { kind: 'again' });
    expect(disk.runAll()).toEqual(['h1', 'h9']);
  });

  test('what could not be sent gives way to a newer revision', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.write(A, 'h2');
    disk.pass(2000);
    disk.machine.ended(A, { kind: 'again' });
    expect(disk.runAll()).toEqual(['h2']);
  });

  test('a file that changed while it was sent is inspected again', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.write(A, 'h2');
    disk.machine.ended(A, { kind: 'changed' });
    expect(disk.pass(2000)).toEqual(['queued']);
    expect(disk.runAll()).toEqual(['h2']);
  });

  test('a file that vanished before its run waits no more, and runs when it is back', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.remove(A);
    disk.run();
    disk.machine.ended(A, { kind: 'changed' });
    expect(disk.pass(60_000)).toEqual([]);
    disk.write(A, 'h1');
    expect(disk.pass(2000)).toEqual(['queued']);
  });

  test('what is given up is not looked at again', () => {
    const disk = new Disk();
    disk.write(A, 'h1');
    disk.pass(2000);
    disk.run();
    disk.machine.ended(A, { kind: 'given-up' });
    expect(disk.pass(60_000)).toEqual([]);
    expect(disk.machine.waiting).toBe(0);
  });
});

test('any order of writes, looks and runs: no revision runs twice, and the last one is the latest', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  for (let round = 0; round < 200; round += 1) {
    const disk = new Disk();
    const runs: string[] = [];
    let running: string | null = null;
    let last: Content = 'h0';
    for (let step = 0; step < 60; step += 1) {
      const what = random(6);
      if (what === 0) {
        last = `h${random(4)}`;
        disk.write(A, last);
      } else if (what === 1) disk.write(A, 'cut');
      else if (what === 2) disk.remove(A);
      else if (what === 3) disk.pass(random(3000));
      else if (running === null) running = disk.run();
      else {
        disk.done(A, running);
        runs.push(running);
        running = null;
      }
    }
    disk.write(A, last);
    if (running !== null) disk.done(A, running);
    if (running !== null) runs.push(running);
    disk.pass(2000);
    runs.push(...disk.runAll());
    disk.pass(2000);
    expect(new Set(runs).size, `round ${round}: ${runs}`).toBe(runs.length);
    expect(disk.machine.known(A).revisions[0]?.hash).toBe(last);
  }
});
