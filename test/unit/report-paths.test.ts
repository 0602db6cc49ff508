// A report names no folder of the machine that wrote it.
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { shownPath, withoutFolders } from '../../src/commands/shared/report-paths.js';

const CWD = ['', 'home', 'ann', 'project'].join(sep);
const at = (...names: string[]) => names.join(sep);

test.each([
  ['a model here', at(CWD, 'models', 'a.ifc'), 'models/a.ifc'],
  ['a model elsewhere', at('', 'data', 'a.ifc'), 'a.ifc'],
  ['a model beside the folder', at(`${CWD}-old`, 'a.ifc'), 'a.ifc'],
])('%s', (_, path, shown) => {
  expect(shownPath(CWD, path)).toBe(shown);
  expect(withoutFolders(`Cannot read ${path}: permission denied`, CWD, [path])).toBe(
    `Cannot read ${shown}: permission denied`,
  );
});

test('also other files of the working folder lose it, and nothing else changes', () => {
  const path = at('', 'data', 'a');
  const message = (mine: string, other: string) =>
    `${mine} is empty; ${other}, ${at('', 'mnt')}${at(CWD, 'x')}, ${at('', 'data', 'a-b')} and ${CWD} stay. ${mine}.`;
  expect(withoutFolders(message(path, at(CWD, 'base.bcf')), CWD, [path])).toBe(message('a', 'base.bcf'));
});

test('the root as working folder', () => {
  expect(withoutFolders(`${at('', 'tmp', 'a')} is empty`, sep, [at('', 'tmp', 'a')])).toBe('tmp/a is empty');
});
