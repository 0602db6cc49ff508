// `invoke SERVICE FILE...`: step 4 for one model or many.

import { basename } from 'node:path';
import type { Context } from '../context.js';
import { readExpect } from '../core/invocation/read-expect.js';
import { retryRun } from '../core/invocation/retry-run.js';
import { type ModelRun, planRun, type RunInput, runModel } from '../core/invocation/run-model.js';
import { runModels } from '../core/invocation/run-models.js';
import { worstError } from '../core/invocation/worst-error.js';
import type { TransferProgress } from '../core/ports/http.js';
import { BimServiceError, EXIT_CODES } from '../errors.js';
import { ABOUT_PATTERNS, expandPatterns } from '../io/files/file-patterns.js';
import { systemTimer } from '../io/login/timer.js';
import { reportOnce } from '../io/terminal/once-reporter.js';
import { errorLines } from '../output/error-lines.js';
import { markReported } from '../output/reported-errors.js';
import { bytesText, cleanText } from '../protocol/text/clean-text.js';
import { outputJson } from '../protocol/text/json-output.js';
import { columnsOf } from '../protocol/text/wrap.js';
import { offerConsent } from './offer-consent.js';
import { serviceForRuns } from './shared/before-runs.js';
import { dryRunDocument, dryRunLines } from './shared/dry-run-text.js';
import { openProgress } from './shared/progress.js';
import { readsListFromStdin } from './shared/repository-sources.js';
import { movedService } from './shared/resolve-service.js';
import { judgedAgain, openRunJudge, type ReportingJudge } from './shared/run-judge.js';
import { type InvokeFlags, runOptions } from './shared/run-options.js';
import { openRunPorts } from './shared/run-ports.js';
import { skipDone } from './shared/skip-done.js';
import { printSummary } from './shared/summary.js';

export async function invokeCommand(
  context: Context,
  [query = '', ...words]: string[],
  flags: InvokeFlags,
): Promise<void> {
  const files = await expandPatterns(words, context.runtime.cwd, 'model-unreadable', {
    hint: `${ABOUT_PATTERNS} Nothing was sent.`,
    phase: 'preflight',
    outcome: 'not-sent',
  });
  checkFlags(context, files, flags);
  const options = await runOptions(context, flags);
  const judge = await openRunJudge(context, flags, files.length > 1);
  const { service, environmentToken } = await serviceForRuns(context, query, words);
  // A word that is no type is reported before anyone is asked for a consent.
  if (options.expect !== null) readExpect(options.expect, service.outputs);
  const hash = flags.receipt || context.json || judge !== null;
  const runPortOptions = {
    service,
    paths: files,
    fields: options.fields,
    output: flags.output,
    force: flags.force ?? false,
    hash,
  };
  await using ports = await openRunPorts(context, runPortOptions);

  if (!flags.dryRun) await offerConsent(context, service);
  const { signal } = context.runtime;
  const insecure = context.options.insecure ?? false;
  const isAlone = files.length === 1;
  const shared = isAlone ? ports : { ...ports, reporter: reportOnce(context.reporter) };
  using display = await openProgress(context, files.length);
  const moved = askedOnce((error) => movedService(context, service, error));
  const skip = flags.skipDone ? skipDone(context, runPortOptions, ports) : null;
  const retryPorts = { timer: systemTimer, reporter: context.reporter };
  const send = async (input: RunInput): Promise<ModelRun> => {
    const progress = await display.model(cleanText(basename(input.path), 40));
    const runPorts = { ...shared, judge, onProgress: (step: TransferProgress) => progress.update(step) };
    const attempt = async () => {
      const run = await runModel(input, runPorts, signal);
      const isRepeatable = input.path !== '-' && run.record.outcome === 'not-sent';
      const now = isRepeatable ? await moved(run.error) : null;
      return now === null ? run : await runModel({ ...input, service: now }, runPorts, signal);
    };
    try {
      const earlier = (await skip?.(input)) ?? null;
      if (earlier !== null) return judge === null ? earlier : await judgedAgain(judge, earlier);
      return await retryRun(attempt, { times: flags.retry, name: cleanText(input.path) }, retryPorts, signal);
    } finally {
      progress.stop();
    }
  };
  const show = async (input: RunInput): Promise<ModelRun> => {
    const { plan, ...run } = await planRun(input, shared, signal);
    if (plan !== null && context.json) await context.printJson(dryRunDocument(plan));
    else if (plan !== null)
      await context.print(`${dryRunLines(plan, service, flags.field ?? []).join('\n')}\n`);
    return { ...run, receipt: null, isPartlySent: false };
  };
  const runs = await runModels(
    files,
    { jobs: flags.jobs, failFast: flags.failFast ?? false },
    (model) => (flags.dryRun ? show : send)({ service, ...model, environmentToken, insecure, options }),
    (run) => report(context, run, { isAlone, isDryRun: flags.dryRun ?? false }),
  );

  if (!isAlone && !flags.dryRun) await printSummary(context, runs, files.length);
  if (judge !== null && flags.report !== undefined && !flags.dryRun)
    await reportRuns(context, flags, runs, judge);
  // Each failure was reported with its model; the command ends with the code of the worst one.
  const worst = worstError(runs.flatMap(({ error }) => error ?? []));
  if (worst !== null) throw markReported(worst);
}

async function reportRuns(
  context: Context,
  flags: InvokeFlags,
  runs: readonly ModelRun[],
  judge: ReportingJudge,
): Promise<void> {
  const { writeReports } = await import('./shared/reports.js');
  const results = runs.map(({ record: { input, output, service }, error }) => ({
    path: input.path,
    service: service.id,
    result: output?.path ?? null,
    judged: judge.take(input.path),
    error,
  }));
  await writeReports(context, flags, results);
}

/** Asks for the first model that did not reach its service; the outcome is for all. */
function askedOnce<T>(ask: (error: BimServiceError) => Promise<T>) {
  let asked: Promise<T> | null = null;
  return async (error: BimServiceError | null): Promise<T | null> => {
    if (error?.exitCode !== EXIT_CODES.unreachable) return null;
    asked ??= ask(error);
    return asked;
  };
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
  if (readsListFromStdin(context)) {
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
  { record, error, receipt }: ModelRun,
  { isAlone, isDryRun }: { isAlone: boolean; isDryRun: boolean },
): Promise<void> {
  const { output, input } = record;
  const name = cleanText(input.path);
  if (context.json && !(isDryRun && error === null)) await print(context, outputJson(record));
  else if (output !== null && output.path !== '-' && !context.json) await print(context, output.path);
  if (error !== null) {
    const [first = '', ...rest] = errorLines(
      error,
      context.options.verbose ?? false,
      undefined,
      columnsOf(context.runtime.stderr),
    );
    const lines = [isAlone ? first : `${name}: ${first}`, ...rest];
    context.reporter.logOnly(lines.join('\n'));
    context.withoutDisplay(
      () => void context.runtime.stderr.write(lines.map((line) => `${line}\n`).join('')),
    );
  } else if (record.skipped) {
    context.reporter.info(`${name}: skipped (done before, and its result is unchanged)`);
  } else if (output !== null) {
    const what = [output.type, bytesText(output.bytes), output.title].filter(Boolean).join(', ');
    context.reporter.done(name, what);
  } else if (!isAlone && !isDryRun) {
    context.reporter.done(name, 'nothing to report');
  }
  if (record.findings !== undefined) {
    const { findingsLines } = await import('./shared/findings-lines.js');
    for (const line of findingsLines(name, record.findings)) context.reporter.info(line);
  }
  if (receipt !== null) context.reporter.debug(`receipt: ${receipt}`);
}

/** A line on stdout, which may be the terminal that shows the progress. */
async function print(context: Context, line: string): Promise<void> {
  let printed: Promise<void> | undefined;
  context.withoutDisplay(() => {
    printed = context.print(`${line}\n`);
  });
  await printed;
}
