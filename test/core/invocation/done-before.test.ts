// Which receipt of an earlier run lets `--skip-done` leave a model out: the same model and settings, and an unchanged result.
import { expect, test } from 'vitest';
import { doneBefore } from '../../../src/core/invocation/done-before.js';
import { settingsOf } from '../../../src/core/invocation/run-settings.js';
import { RunBench } from './run-bench.js';

const SHA256 = 'a'.repeat(64);

/** The paths that are taken, of receipts with these fields; `unchanged`: the names of the files that are as they were. */
async function taken(
  receipts: readonly Record<string, unknown>[],
  { unchanged = ['one.bcf', 'two.bcf'], path = 'house.ifc' } = {},
): Promise<string | null> {
  await using at = await RunBench.start(() => ({ status: 500 }));
  const input = { ...at.input(), path };
  const usual = {
    outcome: 'done',
    error: null,
    settings: settingsOf(input.service, input.options),
    service: { id: 'check', resourceUrl: 'https://bim.example/run' },
    input: { path: 'house.ifc', bytes: 5, sha256: SHA256 },
    output: { path: '/elsewhere/one.bcf', bytes: 7, sha256: 'b'.repeat(64) },
    startedAt: '2026-01-01T00:00:00.000Z',
  };
  const record = await doneBefore(input, {
    receiptsFor: async () =>
      receipts.map((fields, n) => ({
        folder: '/results',
        name: `${n}.json`,
        fields: { ...usual, ...fields },
      })),
    hashOfModel: async () => SHA256,
    unchanged: async ({ folder, name }) => (unchanged.includes(name) ? `${folder}/${name}` : null),
  });
  return record?.output?.path ?? null;
}

test('the same model with the same settings is taken, with the path that its result has now', async () => {
  expect(await taken([{}])).toBe('/results/one.bcf');
});

test.each<[string, Record<string, unknown>]>([
  ['a run that may not have ended', { outcome: 'unknown' }],
  ['a result that was refused', { error: { code: 'gate' } }],
  ['other settings', { settings: { resourceUrl: 'https://bim.example/other' } }],
  ['no settings', { settings: null }],
  ['another model', { input: { path: 'house.ifc', sha256: 'c'.repeat(64) } }],
  ['a result that has changed', { output: { path: 'three.bcf', bytes: 7, sha256: 'b'.repeat(64) } }],
  ['a result without its hash', { output: { path: 'one.bcf', bytes: 7 } }],
])('a receipt of %s does not count', async (_, fields) => {
  expect(await taken([fields])).toBe(null);
});

test('the newest receipt counts, and an older one where the result of the newest has changed', async () => {
  const newer = {
    startedAt: '2026-02-01T00:00:00.000Z',
    output: { path: 'two.bcf', bytes: 7, sha256: 'b'.repeat(64) },
  };
  expect(await taken([{}, newer])).toBe('/results/two.bcf');
  expect(await taken([newer, {}])).toBe('/results/two.bcf');
  expect(await taken([{}, newer], { unchanged: ['one.bcf'] })).toBe('/results/one.bcf');
});

test('a model from stdin is always sent', async () => {
  expect(await taken([{}], { path: '-' })).toBe(null);
});
