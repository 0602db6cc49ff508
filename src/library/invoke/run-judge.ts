// Gates and comparison for the runs of one call.
import type { JudgeResult, RunFindings, RunJudge } from '../../core/findings/run-judge.js';
import type { ModelRun } from '../../core/invocation/run-model.js';
import { errorShape } from '../../error-shape.js';
import { BimServiceError } from '../../errors.js';
import type { EarlierResult, JudgedResult, Judging } from '../bcf/judging.js';

/** A judge that knows what it has found. */
export interface KeepingJudge extends RunJudge {
  /** What was found for the model, by its path as named, and forgotten then. */
  take(modelPath: string): JudgedResult | null;
}

export function runJudge(judging: Judging, signal: AbortSignal): KeepingJudge {
  const results = new Map<string, JudgedResult>();
  return {
    take(modelPath) {
      const result = results.get(modelPath) ?? null;
      results.delete(modelPath);
      return result;
    },
    async earlier(modelPath) {
      const earlier = await judging.earlier(modelPath === '-' ? null : modelPath, signal);
      const keep = (result: JudgedResult) => void results.set(modelPath, result);
      return (path, origin) => judged({ judging, earlier, keep, signal }, path, origin);
    },
  };
}

interface JudgedRun {
  judging: Judging;
  earlier: EarlierResult;
  keep: (result: JudgedResult) => void;
  signal: AbortSignal;
}

async function judged(
  { judging, earlier, keep, signal }: JudgedRun,
  ...[path, now]: Parameters<JudgeResult>
): Promise<RunFindings> {
  try {
    const result = await judging.judge(path, { earlier, now, signal });
    keep(result);
    return { record: result.record, error: result.errors[0] ?? null };
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    error.outcome ??= 'done';
    return { record: { topics: null, gates: [], comparison: null, problems: [] }, error };
  }
}

/** The earlier run of a model that is not sent again, judged now: the gates may be other ones than then. */
export async function judgedAgain(judge: RunJudge, run: ModelRun): Promise<ModelRun> {
  const { input, output, service } = run.record;
  const origin = { resourceUrl: service.resourceUrl, modelSha256: input.sha256 };
  const check = await judge.earlier(input.path);
  const { record, error } = await check(output?.path ?? null, origin);
  const shape = error === null ? null : errorShape(error);
  return { ...run, record: { ...run.record, findings: record, error: shape }, error };
}
