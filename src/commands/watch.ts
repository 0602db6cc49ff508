// `watch SERVICE PATH...`: runs a service on each new revision of a model, in folders or on a BIMserver.
import { basename, join } from 'node:path';
import type { Context } from '../context.js';
import { readExpect } from '../core/invocation/read-expect.js';
import { type ModelRun, runModel } from '../core/invocation/run-model.js';
import { worstError } from '../core/invocation/worst-error.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import type { Queued } from '../core/watch/revisions.js';
import { watchModels } from '../core/watch/watch-models.js';
import { systemTimer } from '../io/login/timer.js';
import { reportOnce } from '../io/terminal/once-reporter.js';
import { createLogProgress } from '../io/terminal/progress.js';
import { makeFolder, resultFolders } from '../io/watch/result-folders.js';
import { markReported } from '../output/reported-errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { offerConsent } from './offer-consent.js';
import { serviceForRuns } from './shared/before-runs.js';
import { lockFolder } from './shared/lock-folder.js';
import { openProgress } from './shared/progress.js';
import type { ReportFlags } from './shared/reports.js';
import { openRunJudge } from './shared/run-judge.js';
import { type RunFlags, runOptions } from './shared/run-options.js';
import { openRunPorts, targetsIn } from './shared/run-ports.js';
import { loadState } from './watch/load-state.js';
import type { OnResult } from './watch/on-result.js';
import { checkPaths, checkSource, openSource, type SourceFlags } from './watch/source.js';
import { reportWatch } from './watch/watch-report.js';

export interface WatchFlags extends RunFlags, SourceFlags, ReportFlags {
  output: string;
  /** ms. */
  every: number;
  always?: boolean;
  onResult?: string;
}

export async function watchCommand(
  context: Context,
  [query = '', ...typed]: string[],
  flags: WatchFlags,
): Promise<void> {
  checkSource(typed, flags);
  const options = await runOptions(context, { ...flags, receipt: true });
  const onResult = flags.onResult === undefined ? null : await openOnResult(context, flags.onResult);
  await checkPaths(context, typed);
  const judge = await openRunJudge(context, flags, true);
  const output = context.path(flags.output);
  const { service, environmentToken } = await serviceForRuns(context, query, typed);
  if (options.expect !== null) readExpect(options.expect, service.outputs);
  await makeFolder(output);
  await using _lock = await lockFolder(context, join(output, '.bimservice-watch.lock'), {
    held: `another watch uses ${output}`,
    failed: `${output} cannot be locked`,
    hint: 'Wait until it ends, or choose another folder with -o.',
  });
  const state = await loadState(output, service.resourceUrl);
  await using source = await openSource(context, typed, flags, { output, service });
  await offerConsent(context, service);

  const { runtime, reporter } = context;
  const { signal, clock, umask, pid, isAlive } = runtime;
  const about = { service, fields: options.fields };
  await using ports = await openRunPorts(context, {
    ...about,
    paths: [],
    output: undefined,
    force: false,
    hash: true,
  });
  const shared = { ...ports, reporter: reportOnce(reporter) };
  const insecure = context.options.insecure ?? false;
  using display = await openProgress(context, 1);
  const now = () => clock.monotonic();
  const progressOf = async (label: string) =>
    flags.jobs === 1 ? display.model(label) : createLogProgress(reporter, label, now);
  const run = async ({ path, mark }: Queued, folder: string): Promise<ModelRun> => {
    const progress = await progressOf(cleanText(basename(path), 40));
    try {
      const file = source.fileOf(path, mark);
      const openTarget = targetsIn(context, join(output, folder), { ...about, paths: [file] });
      const done = await runModel(
        { service, path: file, label: basename(path), environmentToken, insecure, options },
        { ...shared, openTarget, judge, onProgress: (step) => progress.update(step) },
        signal,
      );
      if (judge !== null) {
        const { writeRunReports } = await import('./watch/run-reports.js');
        await writeRunReports(context, { flags, folder: join(output, folder), run: done, judge });
      }
      return await source.afterRun(path, mark, done);
    } finally {
      progress.stop();
    }
  };
  if (!flags.once)
    reporter.info(`Watching ${source.names.map((name) => cleanText(name)).join(', ')}. Ctrl-C ends it.`);
  const failed = await watchModels(
    {
      state,
      once: flags.once ?? false,
      jobs: flags.jobs,
      everyMs: flags.every,
      settleMs: source.settleMs,
      sureMarks: source.sureMarks,
      always: flags.always ?? false,
    },
    {
      models: source.models,
      results: resultFolders(output, { umask, pid, isAlive }),
      run,
      tokenMark: () => tokenMark(context, service),
      onHint: (listener) => source.onHint(listener),
      async report(event) {
        const exitCode = event.event === 'result' ? await onResult?.(event, output) : undefined;
        await reportWatch(context, event, { onResult: exitCode });
      },
      clock,
      timer: systemTimer,
    },
    signal,
  );
  const worst = worstError(failed);
  if (worst !== null) throw markReported(worst);
}

/** Loaded only when it is used. Throws `usage`. */
async function openOnResult(context: Context, line: string): Promise<OnResult> {
  return (await import('./watch/on-result.js')).openOnResult(context, line);
}

/** Another text for each token that is stored. */
async function tokenMark(context: Context, service: ListedService): Promise<string | null> {
  const token = await context.store.readToken(service).catch(() => null);
  return token === null ? null : `${token.obtainedAt} ${token.expiresAt}`;
}
