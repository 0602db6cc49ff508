// Several models of one command, some of them at once.
import type { ModelRun } from './run-model.js';

/**
 * Runs `run` for each path, at most `jobs` at once. Results keep the order of the paths; `onDone` hears of each as it is
 * done. Neither may throw.
 */
export async function runModels(
  paths: readonly string[],
  jobs: number,
  run: (path: string) => Promise<ModelRun>,
  onDone: (run: ModelRun) => Promise<void>,
): Promise<ModelRun[]> {
  const runs: ModelRun[] = [];
  const waiting = paths.entries();
  const worker = async () => {
    for (const [index, path] of waiting) {
      const done = await run(path);
      runs[index] = done;
      await onDone(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, paths.length) }, worker));
  return runs;
}
