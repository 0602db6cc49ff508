// Several models at once: never more than asked for, and results in the order of the paths.
import { expect, test } from 'vitest';
import type { ModelRun } from '../../../src/core/invocation/run-model.js';
import { runModels } from '../../../src/core/invocation/run-models.js';
import { runRecord } from '../../../src/core/invocation/run-record.js';
import { BimServiceError } from '../../../src/errors.js';

const runOf = (path: string): ModelRun => ({
  record: runRecord({
    serviceId: 's',
    url: 'u',
    path,
    length: null,
    schema: null,
    inputType: null,
    archive: null,
    warnings: [],
    invocation: null,
    error: null,
  }),
  error: null,
  receipt: null,
  isPartlySent: false,
});

test.each([
  [1, 1],
  [3, 3],
  [8, 5],
])('%i jobs: at most %i at once, each once', async (jobs, most) => {
  let now = 0;
  let peak = 0;
  const labels: string[] = [];
  const done: string[] = [];
  const paths = ['a.ifc', 'b.ifc', 'c.ifc', 'd.ifc', 'e.ifc'];
  const runs = await runModels(
    paths,
    { jobs, failFast: false },
    async ({ path, label }) => {
      labels.push(label);
      now += 1;
      peak = Math.max(peak, now);
      // Later ones are faster: the order of the results is not that of their ends.
      await new Promise((resolve) => setTimeout(resolve, 30 - 5 * paths.indexOf(path)));
      now -= 1;
      return runOf(path);
    },
    async ({ record }) => void done.push(record.input.path),
  );
  expect(peak).toBe(most);
  expect(runs.map(({ record }) => record.input.path)).toEqual(paths);
  expect(labels.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(done.toSorted()).toEqual(paths);
});

test('failFast: what runs is finished, and no further model is started', async () => {
  const started: string[] = [];
  const failed = { ...runOf('b.ifc'), error: new BimServiceError('service-failed', 'failed') };
  const runs = await runModels(
    ['a.ifc', 'b.ifc', 'c.ifc', 'd.ifc'],
    { jobs: 1, failFast: true },
    async ({ path }) => {
      started.push(path);
      return path === 'b.ifc' ? failed : runOf(path);
    },
    async () => {},
  );
  expect({ started, runs: runs.length }).toEqual({ started: ['a.ifc', 'b.ifc'], runs: 2 });
});
