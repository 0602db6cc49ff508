// Gates and comparison for the runs of a command. Loads them only where the command has some.
import type { Context } from '../../context.js';
import type { JudgeResult, RunFindings, RunJudge } from '../../core/findings/run-judge.js';
import type { ModelRun } from '../../core/invocation/run-model.js';
import { errorShape } from '../../error-shape.js';
import { BimServiceError } from '../../errors.js';
import type { EarlierResult, JudgedResult, Judging } from './judging.js';
import type { ReportFlags } from './reports.js';

/** A judge that knows what it has found, for reports. */
export interface ReportingJudge extends RunJudge {
  /** What was found for the model, by its path as named, and forgotten then; null without `--report`. */
  take(modelPath: string): JudgedResult | null;
}

/**
 * Null without `--fail-on`, `--baseline` and `--report`. Throws `usage` for a wrong gate, and for an earlier result of one model where
 * `several` are sent.
 */
export async function openRunJudge(
  context: Context,
  flags: ReportFlags,
  several: boolean,
): Promise<ReportingJudge | null> {
  if ((flags.failOn ?? flags.baseline ?? flags.report) === undefined) return null;
  const { Judging: Judges } = await import('./judging.js');
  const judging = new Judges(context, flags);
  if (several) await judging.checkFolder();
  const results = new Map<string, JudgedResult>();
  const keep = (modelPath: string, result: JudgedResult) => {
    if (flags.report !== undefined) results.set(modelPath, result);
  };
  return {
    take(modelPath) {
      const result = results.get(modelPath) ?? null;
      results.delete(modelPath);
      return result;
    },
    async earlier(modelPath) {
      const earlier = await judging.earlier(modelPath === '-' ? null : modelPath);
      return (path, origin) =>
        judged({ judging, earlier, keep: (result) => keep(modelPath, result) }, path, origin);
    },
  };
}

interface JudgedRun {
  judging: Judging;
  earlier: EarlierResult;
  keep: (result: JudgedResult) => void;
}

async function judged(
  { judging, earlier, keep }: JudgedRun,
  ...[path, origin]: Parameters<JudgeResult>
): Promise<RunFindings> {
  try {
    const result = await judging.judge(path, earlier, origin);
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
