// `--report` of a command: collects what its results say, and writes the reports at the end, each whole or not at all.
import type { Context } from '../../context.js';
import { isClosed } from '../../core/findings/words.js';
import { FORMATS } from '../../core/report/formats.js';
import { githubAnnotations } from '../../core/report/github.js';
import { markdownText } from '../../core/report/markdown.js';
import { levelOf, type Report, type ReportedModel } from '../../core/report/report.js';
import type { BimServiceError } from '../../errors.js';
import { picturesOf } from '../../io/bcf/pictures.js';
import { appendToFile, sizeOf, writeReportFile } from '../../io/result/report-file.js';
import type { JudgedResult } from '../../library/bcf/judging.js';
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { shownPath, withoutFolders } from './report-paths.js';

/** The flags of gates and comparison. */
export interface JudgingFlags {
  failOn?: string[];
  baseline?: string;
  /** Words, lowest first. */
  priorityOrder?: string[];
  closedStatus?: string[];
}

export interface ReportFlags extends JudgingFlags {
  report?: ReadonlyArray<{ kind: string; file: string | null }>;
}

/** One result, as a command has judged it. */
export interface ReportedResult {
  /** The model, or the result where the model is not known; as typed. */
  path: string;
  service: string | null;
  /** The path of the result; null when there is none. */
  result: string | null;
  judged: JudgedResult | null;
  /** Why there is no result, or not a whole one. */
  error: BimServiceError | null;
}

/** GitHub loses the whole summary of a step above 1,024 KiB, of all programs of the step together. */
const SUMMARY_BYTES = 900 * 1024;

/** Writes all reports of `flags`. Throws `result-not-writable` for the first that cannot be written, after the others. */
export async function writeReports(
  context: Context,
  flags: ReportFlags,
  results: readonly ReportedResult[],
): Promise<void> {
  const requests = flags.report ?? [];
  if (requests.length === 0) return;
  const { clock, version, umask, pid, signal } = context.runtime;
  const writing = { umask, pid, signal };
  const withPictures = requests.some(({ kind }) => kind === 'html');
  const report: Report = { version, createdAt: new Date(clock.now()).toISOString(), models: [] };
  for (const result of results) report.models.push(await reportedModel(context, flags, result, withPictures));
  const failures: unknown[] = [];
  for (const { kind, file } of requests) {
    try {
      if (file === null) await writeToGithub(context, report);
      else {
        const path = context.path(file);
        const onNoReader = () => context.reporter.info(`waiting for a reader of ${cleanText(path)}`);
        const text = FORMATS[kind]?.(report) ?? '';
        await writeReportFile(path, text, { ...writing, onNoReader });
        context.reporter.debug(`report: ${path}`);
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function reportedModel(
  context: Context,
  flags: ReportFlags,
  { path, service, result, judged, error }: ReportedResult,
  withPictures: boolean,
): Promise<ReportedModel> {
  const topics = judged?.content?.kind === 'bcf' ? judged.content.document.topics : [];
  const pictures =
    withPictures && result !== null && topics.length > 0
      ? await picturesOf(context.path(result), topics, context.runtime.signal)
      : new Map<BcfTopic, string>();
  const closedStatuses = flags.closedStatus ?? null;
  const rules = { priorityOrder: flags.priorityOrder ?? null, closedStatuses };
  // A gate that found something has a line of its own.
  const failed = error === null || error.code === 'gate' ? null : error;
  const { cwd } = context.runtime;
  const paths = [path, ...(result === null ? [] : [result])].map((named) => context.path(named));
  return {
    path: shownPath(cwd, context.path(path)),
    service,
    topics: topics.map((topic) => ({
      topic,
      level: levelOf(topic, rules),
      isClosed: isClosed(topic.status, closedStatuses),
      change: judged?.changes.get(topic) ?? null,
      picture: pictures.get(topic) ?? null,
    })),
    gone: judged?.comparison?.gone ?? [],
    gates: judged?.record.gates ?? [],
    error:
      failed === null ? null : { code: failed.code, message: withoutFolders(failed.message, cwd, paths) },
  };
}

/** Annotations go to stderr, which GitHub reads too: stdout has the paths of the results. */
async function writeToGithub(context: Context, report: Report): Promise<void> {
  const { env } = context.runtime;
  const summary = env.GITHUB_STEP_SUMMARY;
  if (!env.GITHUB_ACTIONS)
    return context.reporter.info('--report github does nothing outside of GitHub Actions.');
  const lines = githubAnnotations(report);
  context.withoutDisplay(() => void context.runtime.stderr.write(lines.map((line) => `${line}\n`).join('')));
  if (!summary) return;
  const room = SUMMARY_BYTES - (await sizeOf(summary));
  if (room > 200) await appendToFile(summary, markdownText(report, room), context.runtime.signal);
  else context.reporter.warn('the summary of this step is full: nothing was added to it');
}
