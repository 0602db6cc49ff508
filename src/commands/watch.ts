// `watch SERVICE PATH...`: runs a service on each new revision of a model, in folders or on a BIMserver.
import { basename } from 'node:path';
import type { Context } from '../context.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { createLogProgress, type ProgressDisplay } from '../io/terminal/progress.js';
import { checkInvoke } from '../library/invoke/check-run.js';
import { type WatchEvent, type WatchOptions, watchAll } from '../library/watch/watch-all.js';
import { markReported } from '../output/reported-errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { offerConsent } from './offer-consent.js';
import { serviceForRuns } from './shared/before-runs.js';
import { openRunJudge } from './shared/judge-flags.js';
import { reportMessage } from './shared/messages.js';
import { type CommandProgress, openProgress } from './shared/progress.js';
import type { ReportFlags } from './shared/reports.js';
import { type RunFlags, runOptions } from './shared/run-options.js';
import type { OnResult } from './watch/on-result.js';
import { type ProjectFlags, projectsOf } from './watch/project-login.js';
import { reportWatch } from './watch/watch-report.js';

export interface WatchFlags extends RunFlags, ProjectFlags, ReportFlags {
  output: string;
  /** ms. */
  every: number;
  /** ms. */
  settle: number;
  once?: boolean;
  retry: number;
  events: boolean;
  always?: boolean;
  onResult?: string;
}

export async function watchCommand(
  context: Context,
  [query = '', ...typed]: string[],
  flags: WatchFlags,
): Promise<void> {
  const projects = projectsOf(context, typed, flags);
  const { receipt: _, ...run } = runOptions(context, { ...flags, receipt: true });
  const onResult = flags.onResult === undefined ? null : await openOnResult(context, flags.onResult);
  const judge = await openRunJudge(context, flags);
  await judge?.checkFolder();
  const service = await serviceForRuns(context, query, typed);
  await checkInvoke(context.client, service, [], run);
  const options: WatchOptions = {
    ...run,
    output: flags.output,
    paths: typed,
    ...(projects === null ? {} : { projects }),
    once: flags.once ?? false,
    events: flags.events,
    everyMs: flags.every,
    settleMs: flags.settle,
    jobs: flags.jobs,
    retry: flags.retry,
    always: flags.always ?? false,
    ...(judge === null ? {} : { judge }),
  };
  using display = await openProgress(context, 1);
  const shown = { service, flags, onResult, display, displays: new Map<string, ProgressDisplay>() };
  const worst = await watchAll(context.client, service, options, (event) => show(context, event, shown));
  if (worst !== null) throw markReported(worst);
}

/** Loaded only when it is used. Throws `usage`. */
async function openOnResult(context: Context, line: string): Promise<OnResult> {
  return (await import('./watch/on-result.js')).openOnResult(context, line);
}

interface Shown {
  service: ListedService;
  flags: WatchFlags;
  onResult: OnResult | null;
  display: CommandProgress;
  /** By the path of the model. */
  displays: Map<string, ProgressDisplay>;
}

function show(context: Context, event: WatchEvent, shown: Shown): void | Promise<void> {
  const { displays } = shown;
  switch (event.event) {
    case 'message':
      return reportMessage(context, event);
    case 'progress':
      return displays.get(event.path)?.update(event.progress);
    case 'ready':
      return ready(context, event.names, shown);
    case 'begin':
      return begin(context, event.path, shown);
    case 'ran':
      displays.get(event.path)?.stop();
      displays.delete(event.path);
      return afterRun(context, event, shown);
    default:
      return report(context, event, shown);
  }
}

async function ready(context: Context, names: readonly string[], { service, flags }: Shown): Promise<void> {
  await offerConsent(context, service);
  if (!flags.once)
    context.reporter.info(`Watching ${names.map((name) => cleanText(name)).join(', ')}. Ctrl-C ends it.`);
}

async function begin(context: Context, path: string, { flags, display, displays }: Shown): Promise<void> {
  const label = cleanText(basename(path), 40);
  const now = () => context.runtime.clock.monotonic();
  const progress =
    flags.jobs === 1 ? await display.model(label) : createLogProgress(context.reporter, label, now);
  displays.set(path, progress);
}

async function afterRun(
  context: Context,
  { folder, run, judged }: Extract<WatchEvent, { event: 'ran' }>,
  { flags }: Shown,
): Promise<void> {
  if (flags.report === undefined) return;
  const { writeRunReports } = await import('./watch/run-reports.js');
  await writeRunReports(context, { flags, folder, run, judged });
}

async function report(
  context: Context,
  event: Parameters<typeof reportWatch>[1],
  { onResult, flags }: Shown,
): Promise<void> {
  const exitCode = event.event === 'result' ? await onResult?.(event, context.path(flags.output)) : undefined;
  await reportWatch(context, event, { onResult: exitCode });
}
