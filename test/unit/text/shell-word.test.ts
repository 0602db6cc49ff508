// Words of commands to copy: a real shell reads each of them back as it was.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../../src/protocol/text/shell-word.js';

const WORDS = [
  'model.ifc',
  'my model.ifc',
  'C:\\models\\a.ifc',
  'C:\\models\\',
  '\\\\server\\share\\a.ifc',
  '$(touch pwned).ifc',
  '`touch pwned`.ifc',
  '$HOME/a.ifc',
  'wow!.ifc',
  'a "b" c',
  "it's.ifc",
  "it's $5.ifc",
  '~/a.ifc',
  '~root',
  'a;b&c|d',
  'a*?.ifc',
  '',
];

test.skipIf(process.platform === 'win32').each(WORDS)('%s', (word) => {
  const read = execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
  expect(read).toBe(word);
});

test('the quotes of Windows are used where they are enough', () => {
  expect(shellWord('C:\\my models\\a.ifc')).toBe('"C:\\my models\\a.ifc"');
  expect(shellWord('models/a-1.ifc')).toBe('models/a-1.ifc');
});
