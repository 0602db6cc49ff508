// Topics as text: a table for the terminal, Markdown, CSV. Foreign text is harmless in each of them.

import type { BcfTopic } from '../protocol/bcf/topic.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { escapeMarkdown } from '../protocol/text/escape-markdown.js';
import { type Column, tableLines } from './table.js';

/** A topic in a list. */
export interface TopicRow {
  /** The path of the result; shown where there are several. */
  result: string;
  topic: BcfTopic;
  /** `new`, `persisting`, `gone`, `resolved`; null without a comparison. */
  change: string | null;
}

export interface TopicTextOptions {
  /** True where the rows are of several results. */
  several: boolean;
  /** True where they were compared with an earlier result. */
  compared: boolean;
}

/** Lines of a table of at most `width` columns. */
export function topicTable(
  rows: readonly TopicRow[],
  options: TopicTextOptions,
  width: number,
): Promise<string[]> {
  const columns: Column[] = [
    ...(options.several ? [{ title: 'RESULT', kind: 'text', drop: 2, keep: 'end' } as const] : []),
    { title: 'TITLE', kind: 'text' },
    ...(options.compared ? [{ title: 'CHANGE', kind: 'text' } as const] : []),
    { title: 'STATUS', kind: 'text', drop: 6 },
    { title: 'TYPE', kind: 'text', drop: 5 },
    { title: 'PRIORITY', kind: 'text', drop: 4 },
    // The first GlobalId is copied into other programs: 22 characters, and the sign of more.
    { title: 'GLOBALIDS', kind: 'text', drop: 3, min: 23 },
    { title: 'GUID', kind: 'copy', drop: 1 },
  ];
  return tableLines(
    columns,
    rows.map((row) => cells(row, options).map((cell) => cleanText(cell, 200))),
    width,
  );
}

/** A table of GitHub's Markdown. */
export function topicMarkdown(rows: readonly TopicRow[], options: TopicTextOptions): string[] {
  const titles = [
    ...(options.several ? ['Result'] : []),
    'Title',
    ...(options.compared ? ['Change'] : []),
    ...['Status', 'Type', 'Priority', 'GlobalIds', 'GUID'],
  ];
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    line(titles),
    line(titles.map(() => '---')),
    ...rows.map((row) => line(cells(row, options).map((cell) => escapeMarkdown(cell, 300)))),
  ];
}

function cells({ result, topic, change }: TopicRow, { several, compared }: TopicTextOptions): string[] {
  return [
    ...(several ? [result] : []),
    topic.title ?? '-',
    ...(compared ? [change ?? '-'] : []),
    shown(topic.status),
    shown(topic.type),
    shown(topic.priority),
    idsText(topic.globalIds),
    topic.guid,
  ];
}

/** An empty word is another thing than none. */
function shown(word: string | null): string {
  return word === null ? '-' : word === '' ? '(empty)' : word;
}

function idsText(ids: readonly string[]): string {
  if (ids.length === 0) return '-';
  return ids.length <= 2 ? ids.join(' ') : `${ids[0]} and ${ids.length - 1} more`;
}

const CSV_COLUMNS: ReadonlyArray<readonly [name: string, value: (row: TopicRow) => string | null]> = [
  ['result', ({ result }) => result],
  ['guid', ({ topic }) => topic.guid],
  ['title', ({ topic }) => topic.title],
  ['change', ({ change }) => change],
  ['status', ({ topic }) => topic.status],
  ['type', ({ topic }) => topic.type],
  ['priority', ({ topic }) => topic.priority],
  ['labels', ({ topic }) => topic.labels.join(', ')],
  ['stage', ({ topic }) => topic.stage],
  ['author', ({ topic }) => topic.author],
  ['assignedTo', ({ topic }) => topic.assignedTo],
  ['createdAt', ({ topic }) => topic.createdAt],
  ['modifiedAt', ({ topic }) => topic.modifiedAt],
  ['dueDate', ({ topic }) => topic.dueDate],
  ['comments', ({ topic }) => String(topic.comments.length)],
  ['globalIds', ({ topic }) => topic.globalIds.join(' ')],
  ['description', ({ topic }) => topic.description],
];

/** A spreadsheet takes at most so many characters in a cell. */
const LONGEST_CELL = 32_000;

/** Lines of CSV (RFC 4180) without their line ends, the names of the columns first. */
export function topicCsv(rows: readonly TopicRow[]): string[] {
  const line = (values: readonly (string | null)[]) => values.map((value) => csvCell(value ?? '')).join(',');
  return [
    CSV_COLUMNS.map(([name]) => name).join(','),
    ...rows.map((row) => line(CSV_COLUMNS.map(([, value]) => value(row)))),
  ];
}

/** A spreadsheet runs a cell that begins with one of these characters as a formula, so it gets a quote in front. */
function csvCell(text: string): string {
  const clean = cleanText(text, LONGEST_CELL);
  const harmless = /^[=+\-@＝＋－＠]/.test(clean) ? `'${clean}` : clean;
  return /[",;\s]|^'/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
