// `bcf RESULT...`: the topics of results as a table, JSON, Markdown or CSV; gates and comparison on files.

import { basename, extname } from 'node:path';
import type { Context } from '../context.js';
import { counted } from '../durations.js';
import { errorShape } from '../error-shape.js';
import { BimServiceError } from '../errors.js';
import { ABOUT_PATTERNS, expandPatterns } from '../io/files/file-patterns.js';
import { type JudgedResult, type Judging, judgeFile } from '../library/bcf/judging.js';
import { whatItIs } from '../library/bcf/no-bcf.js';
import { markReported } from '../output/reported-errors.js';
import { type TopicRow, topicCsv, topicMarkdown, topicTable } from '../output/topic-texts.js';
import type { BcfTopic } from '../protocol/bcf/topic.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { findingsLines } from './shared/findings-lines.js';
import { openFlagJudge } from './shared/judge-flags.js';
import { type ReportedResult, type ReportFlags, writeReports } from './shared/reports.js';
import { showError } from './shared/show-error.js';

interface BcfFlags extends ReportFlags {
  format?: 'table' | 'markdown' | 'csv';
  snapshots?: string;
}

/** What became of one RESULT. */
interface ReadResult {
  /** As typed. */
  path: string;
  /** Null when it cannot be read at all. */
  judged: JudgedResult | null;
  /** The path of each saved picture, by its name in the archive. */
  pictures: ReadonlyMap<string, string>;
  errors: BimServiceError[];
}

export async function bcfCommand(context: Context, words: string[], flags: BcfFlags): Promise<void> {
  if (context.json && flags.format !== undefined)
    throw new BimServiceError('usage', '--json and --format cannot be used together');
  const paths = await expandPatterns(
    words,
    context.runtime.cwd,
    'result-unreadable',
    { hint: ABOUT_PATTERNS },
    (word) => context.reporter.warn(`${cleanText(word)} is named more than once; it is read once`),
  );
  const judging = await openFlagJudge(context, flags);
  const pictures =
    flags.snapshots === undefined ? null : await picturesIn(context, flags.snapshots, paths.length > 1);
  const results: ReadResult[] = [];
  for (const path of paths) results.push(await readResult(context, path, { judging, pictures }));
  if (context.json) await context.printJson(document(results));
  else await printTopics(context, results, flags);
  if (!context.json) for (const result of results) reportFindings(context, result);
  await writeReports(context, flags, results.map(reportedResult));
  for (const { path, errors } of results) reportErrors(context, path, errors, paths.length > 1);
  const worst = worstOf(results);
  if (worst !== null) throw markReported(worst);
}

function reportedResult({ path, judged, errors }: ReadResult): ReportedResult {
  return { path, service: null, result: path, judged, error: worstOf([{ errors }]) };
}

interface Reading {
  judging: Judging;
  pictures: SavePictures | null;
}

async function readResult(
  context: Context,
  path: string,
  { judging, pictures }: Reading,
): Promise<ReadResult> {
  const result: ReadResult = { path, judged: null, pictures: new Map(), errors: [] };
  try {
    const judged = await judgeFile(context.client, judging, path);
    result.judged = judged;
    result.errors.push(...judged.errors);
    if (judged.content?.kind !== 'bcf' && judged.outcomes.length === 0)
      throw new BimServiceError('result-unexpected', `${cleanText(path)} is no BCF`, {
        hint: await whatItIs(context.client, path, judged.content),
      });
    if (pictures !== null && judged.content?.kind === 'bcf')
      result.pictures = await pictures(path, judged.content.document.topics);
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    result.errors.push(error);
  }
  return result;
}

type SavePictures = (path: string, topics: readonly BcfTopic[]) => Promise<ReadonlyMap<string, string>>;

async function picturesIn(context: Context, folder: string, several: boolean): Promise<SavePictures> {
  const { SnapshotNames, saveSnapshots } = await import('../library/bcf/read-bcf.js');
  const names = new SnapshotNames();
  return async (path, topics) => {
    const prefix = several ? `${basename(path, extname(path))}-` : '';
    const options = { folder, prefix, names };
    const { saved, problems } = await saveSnapshots(context.client, path, topics, options);
    for (const { entry, message } of problems)
      context.reporter.warn(`${cleanText(path)}: ${cleanText(entry, 160)} ${message}`);
    return saved;
  };
}

/** The rows of a result: its topics, then those of the earlier result that are not in it. */
function rowsOf({ path, judged }: ReadResult): TopicRow[] {
  if (judged?.content?.kind !== 'bcf') return [];
  const { content, comparison, compared, changes } = judged;
  const away = compared?.resolved == null ? 'gone' : 'resolved';
  return [
    ...content.document.topics.map((topic) => ({ result: path, topic, change: changes.get(topic) ?? null })),
    ...(comparison?.gone ?? []).map((topic) => ({ result: path, topic, change: away })),
  ];
}

async function printTopics(context: Context, results: readonly ReadResult[], flags: BcfFlags): Promise<void> {
  const rows = results.flatMap(rowsOf);
  const options = { several: results.length > 1, compared: flags.baseline !== undefined };
  if (flags.format === 'csv')
    return context.print(
      topicCsv(rows)
        .map((line) => `${line}\r\n`)
        .join(''),
    );
  if (flags.format === 'markdown') return context.print(`${topicMarkdown(rows, options).join('\n')}\n`);
  if (rows.length > 0) await context.printPage(await topicTable(rows, options, context.width));
}

const MOST_WARNINGS = 20;

/** What a person wants to know beside the topics, on stderr. */
function reportFindings(context: Context, { path, judged }: ReadResult): void {
  if (judged === null) return;
  const { reporter } = context;
  const name = cleanText(path);
  const { content, record } = judged;
  if (content?.kind === 'bcf') {
    const { warnings, topics, version } = content.document;
    for (const line of warnings.slice(0, MOST_WARNINGS)) reporter.warn(`${name}: ${line}`);
    if (warnings.length > MOST_WARNINGS)
      reporter.warn(`${name}: ${warnings.length - MOST_WARNINGS} more warnings; --json has all`);
    const title = version === null ? 'BCF of an unknown version' : `BCF ${cleanText(version, 20)}`;
    reporter.info(`${name}: ${title}, ${counted(topics.length, 'topic')}`);
  }
  for (const line of findingsLines(name, record)) reporter.info(line);
}

function reportErrors(
  context: Context,
  path: string,
  errors: readonly BimServiceError[],
  several: boolean,
): void {
  for (const error of errors) showError(context, error, { subject: several ? cleanText(path) : undefined });
}

/** A result that could not be read, or not as a whole, says more than a gate: its gates did not see everything. */
function worstOf(results: ReadonlyArray<Pick<ReadResult, 'errors'>>): BimServiceError | null {
  const errors = results.flatMap((result) => result.errors);
  return errors.find(({ code }) => code !== 'gate') ?? errors[0] ?? null;
}

/** As published in schemas/bcf-output.schema.json. */
function document(results: readonly ReadResult[]): object {
  const worst = worstOf(results);
  return { results: results.map(resultEntry), error: worst === null ? null : errorShape(worst) };
}

function resultEntry({ path, judged, pictures, errors }: ReadResult): object {
  const bcf = judged?.content?.kind === 'bcf' ? judged.content.document : null;
  const changes = judged?.changes;
  const topicEntry = (topic: BcfTopic): object => ({
    ...topic,
    viewpoints: topic.viewpoints.map((viewpoint) => ({
      ...viewpoint,
      savedAs: viewpoint.snapshot === null ? null : (pictures.get(viewpoint.snapshot) ?? null),
    })),
    change: changes?.get(topic) ?? null,
  });
  const [first] = errors;
  return {
    path,
    version: bcf?.version ?? null,
    topics: bcf?.topics.map(topicEntry) ?? [],
    gone: judged?.comparison?.gone.map((topic) => ({ ...topicEntry(topic), change: 'gone' })) ?? [],
    gates: judged?.record.gates ?? [],
    comparison: judged?.compared ?? null,
    problems: bcf?.problems ?? [],
    warnings: bcf?.warnings ?? [],
    error: first === undefined ? null : errorShape(first),
  };
}
