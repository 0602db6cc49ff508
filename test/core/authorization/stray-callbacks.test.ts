// Callbacks that are not for a login: one warning at once, the number at the end, and nothing of theirs unclean.
import { expect, test } from 'vitest';
import { StrayCallbacks } from '../../../src/core/authorization/stray-callbacks.js';

function warnings(add: (strays: StrayCallbacks) => void): string[] {
  const lines: string[] = [];
  const silent = () => {};
  const reporter = {
    info: silent,
    instruct: silent,
    debug: silent,
    warn: (line: string) => void lines.push(line),
  };
  {
    using strays = new StrayCallbacks(reporter);
    add(strays);
  }
  return lines;
}

test('many callbacks of another login are one warning and their number', () => {
  const lines = warnings((strays) => {
    for (let n = 0; n < 5; n += 1) strays.add('wrong-state', new URLSearchParams('code=a&state=b'));
  });
  expect(lines).toEqual([
    expect.stringContaining('a response came that is not for this login'),
    '5 responses that are not for this login were ignored',
  ]);
});

test('a denial without a state is shown once, without control characters', () => {
  const lines = warnings((strays) => {
    for (let n = 0; n < 2; n += 1)
      strays.add('wrong-state', new URLSearchParams({ error: `denied\u001b[2J\n${'x'.repeat(500)}` }));
  });
  const denials = lines.filter((line) => line.startsWith('a denial (denied'));
  expect(denials).toHaveLength(1);
  expect(denials[0]).not.toMatch(/[\u001b\n]|x{100}/);
});
