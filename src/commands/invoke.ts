// `invoke SERVICE FILE...`: step 4 for one model or many.

import { basename } from 'node:path';
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { ABOUT_PATTERNS, expandPatterns } from '../io/files/file-patterns.js';
import type { ProgressDisplay } from '../io/terminal/progress.js';
import { checkInvoke } from '../library/invoke/check-run.js';
import { type EndedRun, invokeAll } from '../library/invoke/invoke-all.js';
import type { InvokeEvent, InvokeOptions } from '../library/invoke/options.js';
import { type InvokePlan, planAll } from '../library/invoke/plan.js';
import { markReported } from '../output/reported-errors.js';
import type { Service } from '../protocol/repository/service.js';
import { bytesText, cleanText } from '../protocol/text/clean-text.js';
import { outputJson } from '../protocol/text/json-output.js';
import { offerConsent } from './offer-consent.js';
import { serviceForRuns } from './shared/before-runs.js';
import { dryRunDocument, dryRunLines } from './shared/dry-run-text.js';
import { openRunJudge } from './shared/judge-flags.js';
import { reportMessage } from './shared/messages.js';
import { withCompleteHint } from './shared/next-step.js';
import { type CommandProgress, openProgress } from './shared/progress.js';
import type { ReportedResult } from './shared/reports.js';
import { destinationOf, type InvokeFlags, runOptions } from './shared/run-options.js';
import { showError } from './shared/show-error.js';
import { printSummary } from './shared/summary.js';

/** The run of one model, as it is shown. */
type ShownRun = Pick<EndedRun, 'record' | 'receipt' | 'error'>;

export async function invokeCommand(
  context: Context,
  [query = '', ...words]: string[],
  flags: InvokeFlags,
): Promise<void> {
  const files = await expandPatterns(
    words,
    context.runtime.cwd,
    'model-unreadable',
    { hint: `${ABOUT_PATTERNS} Nothing was sent.`, phase: 'preflight', outcome: 'not-sent' },
    (word) => context.reporter.warn(`${cleanText(word)} is named more than once; it is sent once`),
  );
  checkFlags(context, files, flags);
  const run = runOptions(context, flags);
  const judge = await openRunJudge(context, flags);
  if (files.length > 1) await judge?.checkFolder();
  const options: InvokeOptions = {
    ...run,
    to: destinationOf(context, flags),
    jobs: flags.jobs,
    failFast: flags.failFast ?? false,
    skipDone: flags.skipDone ?? false,
    retry: flags.retry,
    // Only the receipt, the document of --json and a comparison show the hash.
    hash: flags.receipt || context.json || judge !== null,
    ...(judge === null ? {} : { judge }),
  };
  const service = await serviceForRuns(context, query, words);
  const { client } = context;
  // What is wrong is reported before anyone is asked for a consent.
  await checkInvoke(client, service, files, options);
  const isAlone = files.length === 1;
  if (flags.dryRun) {
    const onPlan = (planned: InvokePlan) => showPlan(context, planned, { service, flags, isAlone });
    const worst = await planAll(client, service, files, options, {
      onPlan,
      onEvent: (event) => reportMessage(context, event),
    });
    if (worst !== null) throw markReported(worst);
    return;
  }
  await offerConsent(context, service);
  using display = await openProgress(context, files.length);
  const { results, worst } = await invokeAll(
    client,
    service,
    files,
    options,
    showing(context, display, (ended) => report(context, ended, { isAlone, isDryRun: false })),
  );
  if (!isAlone) await printSummary(context, results, files.length);
  if (flags.report !== undefined) await reportRuns(context, flags, results);
  // Each failure was reported with its model; the command ends with the code of the worst one.
  if (worst !== null) throw markReported(worst);
}

/** Shows what happens to the models, each in a display of its own, and `onEnd` each end. */
function showing(
  context: Context,
  display: CommandProgress,
  onEnd: (ended: ShownRun) => Promise<void>,
): (event: InvokeEvent) => void | Promise<void> {
  const displays = new Map<string, ProgressDisplay>();
  const begin = async (label: string, model: string) =>
    void displays.set(label, await display.model(cleanText(basename(model), 40)));
  return (event) => {
    switch (event.event) {
      case 'message':
        return reportMessage(context, event);
      case 'begin':
        return begin(event.label, event.model);
      case 'progress':
        return displays.get(event.label)?.update(event);
      case 'access':
        return;
      case 'result':
      case 'failure':
        displays.get(event.label)?.stop();
        displays.delete(event.label);
        return onEnd({ ...event, error: event.event === 'failure' ? event.error : null });
    }
  };
}

async function showPlan(
  context: Context,
  { request, record, error }: InvokePlan,
  { service, flags, isAlone }: { service: Service; flags: InvokeFlags; isAlone: boolean },
): Promise<void> {
  if (request !== null && context.json) await context.printJson(dryRunDocument(request));
  else if (request !== null)
    await context.print(`${dryRunLines(request, service, flags.field ?? []).join('\n')}\n`);
  await report(context, { record, error, receipt: null }, { isAlone, isDryRun: true });
}

async function reportRuns(context: Context, flags: InvokeFlags, runs: readonly EndedRun[]): Promise<void> {
  const { writeReports } = await import('./shared/reports.js');
  const results: ReportedResult[] = runs.map(({ record: { input, output, service }, judged, error }) => ({
    path: input.path,
    service: service.id,
    result: output?.path ?? null,
    judged,
    error,
  }));
  await writeReports(context, flags, results);
}

function checkFlags(context: Context, files: string[], flags: InvokeFlags): void {
  if (flags.skipDone && !flags.receipt) {
    throw new BimServiceError('usage', '--skip-done compares receipts, and --no-receipt writes none', {
      hint: 'Leave one of them out.',
    });
  }
  const { output } = flags;
  if (output === '-' && (files.length > 1 || context.json)) {
    throw new BimServiceError(
      'usage',
      `-o - sends one result to stdout: ${context.json ? 'not with --json' : 'send one model at a time'}`,
      {
        hint: 'Name a folder: -o results/',
      },
    );
  }
  if (output === '-' && (flags.failOn ?? flags.baseline ?? flags.report) !== undefined) {
    throw new BimServiceError('usage', '-o - sends the result to stdout, where no gate can read it', {
      hint: 'Name a file: -o result.bcf',
    });
  }
  const fromStdin = files.filter((file) => file === '-').length;
  if (fromStdin === 0) return;
  if (fromStdin > 1) throw new BimServiceError('usage', 'stdin can be only one of the models');
  if (context.ports.repositories.sources().some(({ location }) => location === '-')) {
    throw new BimServiceError('usage', 'stdin cannot be both the list of services and the model', {
      hint: 'Give one of them as a file: -r FILE, or the path of the model in the place of -.',
    });
  }
  if (context.runtime.stdin.isTTY === true) {
    throw new BimServiceError('usage', 'there is no model on stdin: it is a terminal', {
      hint: 'Send one into it: bimservice invoke SERVICE - < model.ifc',
    });
  }
}

/** Reports the outcome of one model: its result on stdout, everything else on stderr. */
async function report(
  context: Context,
  { record, error, receipt }: ShownRun,
  { isAlone, isDryRun }: { isAlone: boolean; isDryRun: boolean },
): Promise<void> {
  const { output, input } = record;
  const name = cleanText(input.path);
  if (context.json && !(isDryRun && error === null))
    await context.printLine(outputJson(withCompleteHint(record, context)));
  else if (output !== null && output.path !== '-' && !context.json) await context.printLine(output.path);
  if (error !== null) {
    if (error.code === 'gate' && output !== null) context.reporter.done(name, wordsFor(output));
    showError(context, error, { subject: isAlone ? undefined : name });
  } else if (record.skipped) {
    context.reporter.info(`${name}: skipped (done before, and its result is unchanged)`);
  } else if (output !== null) {
    context.reporter.done(name, wordsFor(output));
  } else if (!isAlone && !isDryRun) {
    context.reporter.done(name, 'nothing to report');
  }
  if (record.findings !== undefined) {
    const { findingsLines } = await import('./shared/findings-lines.js');
    for (const line of findingsLines(name, record.findings)) context.reporter.info(line);
  }
  if (receipt !== null) context.reporter.debug(`receipt: ${receipt}`);
}

/** What a result is: its type, its size, and what the service said of it. */
function wordsFor({ type, bytes, title }: NonNullable<ShownRun['record']['output']>): string {
  return [type, bytesText(bytes), title].filter(Boolean).join(', ');
}
