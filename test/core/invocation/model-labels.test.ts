// What several models are called in the names of their results.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelLabels } from '../../../src/core/invocation/model-labels.js';

test.each([
  [['house.ifc'], ['house']],
  [
    ['a.ifc', 'b.v2.ifc', '-'],
    ['a', 'b.v2', 'stdin'],
  ],
  [
    ['east/house.ifc', 'west/house.ifc'],
    ['east-house', 'west-house'],
  ],
  [
    ['a.ifc', 'a.ifczip'],
    ['a.ifc', 'a.ifczip'],
  ],
  [
    ['a.ifc', 'A.ifc'],
    ['a', 'A (1)'],
  ],
  [
    ['a.ifc', 'a.ifc', 'a.ifc'],
    ['a', 'a (1)', 'a (2)'],
  ],
  [
    ['C:\\models\\a.ifc', 'D:\\old\\a.ifc'],
    ['models-a', 'old-a'],
  ],
  [
    ['..', '...'],
    ['model', 'model (1)'],
  ],
])('%j', (paths, labels) => {
  expect(modelLabels(paths)).toEqual(labels);
});

test('every label is different, compared without case', () => {
  const segment = fc.constantFrom('a', 'A', 'a.ifc', 'b.ifc', '-', 'a (1).ifc', 'é.ifc', 'e\u0301.ifc');
  const paths = fc.array(fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')));
  fc.assert(
    fc.property(paths, (all) => {
      const labels = modelLabels(all).map((label) => label.normalize('NFC').toLowerCase());
      expect(new Set(labels).size).toBe(all.length);
    }),
  );
});
