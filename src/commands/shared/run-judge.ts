// Gates and comparison for the runs of a command. Loads them only where the command has some.
import type { Context } from '../../context.js';
import type { JudgeResult, RunFindings, RunJudge } from '../../core/findings/run-judge.js';
import { BimServiceError } from '../../errors.js';
import type { EarlierResult, Judging, JudgingFlags } from './judging.js';

/**
 * Null without `--fail-on` and `--baseline`. Throws `usage` for a wrong gate, and for an earlier result of one model where
 * `several` are sent.
 */
export async function openRunJudge(
  context: Context,
  flags: JudgingFlags,
  several: boolean,
): Promise<RunJudge | null> {
  if (flags.failOn === undefined && flags.baseline === undefined) return null;
  const { Judging: Judges } = await import('./judging.js');
  const judging = new Judges(context, flags);
  if (several) await judging.checkFolder();
  return {
    async earlier(modelPath) {
      const earlier = await judging.earlier(modelPath === '-' ? null : modelPath);
      return (path, origin) => judged(judging, earlier, path, origin);
    },
  };
}

async function judged(
  judging: Judging,
  earlier: EarlierResult,
  ...[path, origin]: Parameters<JudgeResult>
): Promise<RunFindings> {
  try {
    const { record, errors } = await judging.judge(path, earlier, origin);
    return { record, error: errors[0] ?? null };
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    error.outcome ??= 'done';
    return { record: { topics: null, gates: [], comparison: null, problems: [] }, error };
  }
}
