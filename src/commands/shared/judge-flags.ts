// Gates and comparison, by the flags of a command. Loads them only where the command has some.
import type { Context } from '../../context.js';
import type { Judging } from '../../library/bcf/judging.js';
import type { JudgingFlags, ReportFlags } from './reports.js';

/** Null without `--fail-on`, `--baseline` and `--report`. Throws `usage` for a wrong gate. */
export async function openRunJudge(context: Context, flags: ReportFlags): Promise<Judging | null> {
  if ((flags.failOn ?? flags.baseline ?? flags.report) === undefined) return null;
  return openFlagJudge(context, flags);
}

export async function openFlagJudge(context: Context, flags: JudgingFlags): Promise<Judging> {
  const { openJudge } = await import('../../library/bcf/judging.js');
  const { failOn, baseline, priorityOrder, closedStatus } = flags;
  return openJudge(context.client, {
    ...(failOn === undefined ? {} : { failOn }),
    ...(baseline === undefined ? {} : { baseline }),
    ...(priorityOrder === undefined ? {} : { priorityOrder }),
    ...(closedStatus === undefined ? {} : { closedStatus }),
  });
}
