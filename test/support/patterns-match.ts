// A regular expression inside an expected object stands for the strings that it matches. Without this, `toMatchObject` finds
// no members in the expression to compare, and any string passes (vitest's setupFiles).
import { expect } from 'vitest';

expect.addEqualityTesters([
  (actual, expected) => {
    if (!(expected instanceof RegExp) || actual instanceof RegExp) return undefined;
    return typeof actual === 'string' && expected.test(actual);
  },
]);
