// The reports of one run of a watch: each has its own, beside its result.
import { resolve } from 'node:path';
import type { Context } from '../../context.js';
import type { ModelRun } from '../../core/invocation/run-model.js';
import { BimServiceError } from '../../errors.js';
import type { JudgedResult } from '../../library/bcf/judging.js';
import { type ReportFlags, writeReports } from '../shared/reports.js';

export interface ReportedRun {
  flags: ReportFlags;
  /** The folder of the result; a relative FILE of `--report` is in it. */
  folder: string;
  run: ModelRun;
  judged: JudgedResult | null;
}

/** A report that cannot be written is a warning: the watch goes on. */
export async function writeRunReports(
  context: Context,
  { flags, folder, run, judged }: ReportedRun,
): Promise<void> {
  const { input, output, service } = run.record;
  const report = flags.report?.map(({ kind, file }) => ({
    kind,
    file: file === null ? null : resolve(folder, file),
  }));
  if (report === undefined) return;
  const result = {
    path: input.path,
    service: service.id,
    result: output?.path ?? null,
    judged,
    error: run.error,
  };
  try {
    await writeReports(context, { ...flags, report }, [result]);
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    context.reporter.warn(error.message);
  }
}
