// A regular expression inside an expected object stands for the strings that it matches. Without this, `toMatchObject` finds
// no members in the expression to compare, and any string passes (vitest's setupFiles).
import { expect } from 'vitest';

expect.addEqualityTesters([
  (actual, expected) => {
    if (!(expected instanceof RegExp) || actual instanceof RegExp) return undefined;
    // `test` would go on from the last match where the expression has the flag `g`.
    return typeof actual === 'string' && actual.search(expected) >= 0;
  },
]);
