// Names in the directory of a BCF archive: what leads out of it, and what macOS adds.
import { expect, test } from 'vitest';
import { leavingNames, topicFolders } from '../../../src/protocol/bcf/layout.js';

test.each([
  ['../a', true],
  ['a/../../b', true],
  ['a/..', true],
  ['/etc/passwd', true],
  ['C:/a', true],
  ['c:a', true],
  ['..a/b', false],
  ['a..b/markup.bcf', false],
  ['a/markup.bcf', false],
])('the name %s leads out of the archive: %s', (name, leaves) => {
  expect(leavingNames([name])).toEqual(leaves ? [name] : []);
});

test('a folder of macOS is no topic, and its files are none', () => {
  expect(topicFolders(['T/markup.bcf', '__MACOSX/T/markup.bcf', 'T/._markup.bcf', 'T/._v.bcfv'])).toEqual([
    { folder: 'T', markup: 'T/markup.bcf' },
  ]);
});
