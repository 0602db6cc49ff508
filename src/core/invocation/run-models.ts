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
 * one is done. Neither may throw. `failFast`: after the first failure no further model is started, and those that were not
 * have no result.
 */
export async function runModels<Run extends Pick<ModelRun, 'error'>>(
  paths: readonly string[],
  { jobs, failFast }: { jobs: number; failFast: boolean },
  run: (model: ModelOfMany) => Promise<Run>,
  onDone: (run: Run) => Promise<void>,
): Promise<Run[]> {
  const labels = modelLabels(paths);
  let hasFailed = false;
  const runs = await mapAtOnce(paths, jobs, async (path, index) => {
    if (failFast && hasFailed) return null;
    const done = await run({ path, label: labels[index] ?? 'model' });
    hasFailed ||= done.error !== null;
    await onDone(done);
    return done;
  });
  return runs.filter((each) => each !== null);
}
