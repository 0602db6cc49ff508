// Runs several models of one command, some of them at the same time.
import { mapAtOnce } from '../../at-once.js';
import { modelLabels } from './model-labels.js';
import type { ModelRun } from './run-model.js';

/** One of the models of a command. */
export interface ModelOfMany {
  /** As the person named it; `-` for stdin. */
  path: string;
  /** What it is called in the names of results: different for each. */
  label: string;
}

/**
 * Calls `run` for each path, at most `jobs` at once. Results are in the order of the paths; `onDone` is called when each
 * one is done. Neither may throw.
 */
export async function runModels(
  paths: readonly string[],
  jobs: number,
  run: (model: ModelOfMany) => Promise<ModelRun>,
  onDone: (run: ModelRun) => Promise<void>,
): Promise<ModelRun[]> {
  const labels = modelLabels(paths);
  return mapAtOnce(paths, jobs, async (path, index) => {
    const done = await run({ path, label: labels[index] ?? 'model' });
    await onDone(done);
    return done;
  });
}
