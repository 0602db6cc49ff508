// docs/comparison.md has no number of its own: each time is one of bench/README.md, where it is said how it was measured.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('each time of the comparison is one of the bench', () => {
  const bench = read('bench/README.md').split('## Last results')[1] ?? '';
  const times = read('docs/comparison.md').match(/\b\d+(?:\.\d+)?\sms\b/g) ?? [];
  expect(times.length).toBeGreaterThan(3);
  expect(times.filter((time) => !bench.includes(time.replace(/\s/, ' ')))).toEqual([]);
});
