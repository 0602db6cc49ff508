// Which topics of two results are the same, for tools that keep GUIDs and for tools that do not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTopics } from '../../../src/core/findings/compare-topics.js';
import type { BcfTopic } from '../../../src/protocol/bcf/topic.js';
import { topic } from './topics.js';

function counts(earlier: readonly BcfTopic[], current: readonly BcfTopic[]) {
  const { added, persisting, gone, identitiesChanged } = compareTopics(earlier, current);
  return {
    new: added.length,
    persisting: persisting.map(({ by }) => by),
    gone: gone.length,
    identitiesChanged,
  };
}

const SAME = { gone: 0, new: 0, identitiesChanged: false };

describe('the way of a match', () => {
  it('the GUID, in any case, also when everything else differs', () => {
    expect(counts([topic({ guid: 'AB', title: 'x' })], [topic({ guid: 'ab', title: 'y' })])).toEqual({
      ...SAME,
      persisting: ['guid'],
    });
  });

  it('the same findings with all GUIDs new: nothing is new, nothing is gone', () => {
    const run = () =>
      [1, 2, 3].map((at) => topic({ type: 'Error', title: `Room ${at}`, globalIds: [`id-${at}`, 'shared'] }));
    expect(counts(run(), run().reverse())).toEqual({
      ...SAME,
      persisting: ['content', 'content', 'content'],
    });
  });

  it('topics with one title differ by what they select, in any order of it', () => {
    const run = (ids: string[][]) => ids.map((globalIds) => topic({ title: 'Area[1]', globalIds }));
    expect(counts(run([['A', 'B'], ['C']]), run([['C'], ['B', 'A']]))).toEqual({
      ...SAME,
      persisting: ['content', 'content'],
    });
    expect(counts(run([['A']]), run([['A', 'B']]))).toMatchObject({ new: 1, gone: 1 });
  });

  it('counts in a title are passed over', () => {
    const [before, after] = [
      topic({ title: 'Area[1] (12) has 3 clashes', globalIds: ['A'] }),
      topic({ title: 'Area[2] (13) has 4 clashes', globalIds: ['A'] }),
    ];
    expect(counts([before], [after])).toEqual({ ...SAME, persisting: ['content-without-counts'] });
  });

  it('a number that is no count is not: nothing selected, or a part of a name', () => {
    expect(counts([topic({ title: 'Room 101' })], [topic({ title: 'Room 102' })])).toMatchObject({
      new: 1,
      gone: 1,
    });
    const named = (title: string) => [topic({ title, globalIds: ['A'] })];
    expect(counts(named('Raum.0.1'), named('Raum.0.2'))).toMatchObject({ new: 1 });
    expect(counts(named('W12'), named('W13'))).toMatchObject({ new: 1 });
  });

  it('equal topics match one to one', () => {
    const run = (length: number) =>
      Array.from({ length }, () => topic({ title: 'Area[1]', globalIds: ['A'] }));
    expect(counts(run(1), run(3))).toMatchObject({ new: 2, persisting: ['content'], gone: 0 });
    expect(counts(run(3), run(1))).toMatchObject({ new: 0, gone: 2 });
  });

  it('another type is another topic', () => {
    expect(counts([topic({ type: 'Error' })], [topic({ type: 'Warning' })])).toMatchObject({
      new: 1,
      gone: 1,
    });
  });
});

it('no GlobalId in common: the identities changed', () => {
  expect(counts([topic({ globalIds: ['A'] })], [topic({ globalIds: ['B'] })]).identitiesChanged).toBe(true);
  expect(counts([topic({ globalIds: ['A'] })], [topic({ globalIds: ['A', 'B'] })]).identitiesChanged).toBe(
    false,
  );
  expect(counts([topic({ globalIds: ['A'] })], []).identitiesChanged).toBe(false);
});

it('each topic of both results is in one place', () => {
  const some = fc.array(
    fc
      .record({
        guid: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        title: fc.constantFrom('x', 'x [1]', 'y 2'),
        globalIds: fc.subarray(['A', 'B']),
      })
      .map(topic),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(some, some, (earlier, current) => {
      const { added, persisting, gone } = compareTopics(earlier, current);
      expect(new Set([...added, ...persisting.map((pair) => pair.topic)])).toEqual(new Set(current));
      expect(new Set([...gone, ...persisting.map((pair) => pair.earlier)])).toEqual(new Set(earlier));
      expect(added.length + persisting.length).toBe(current.length);
      expect(gone.length + persisting.length).toBe(earlier.length);
    }),
  );
});
