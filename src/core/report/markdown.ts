// Markdown for a comment, a wiki, or the summary of a step on GitHub.
import { escapeMarkdown, escapeMarkdownCode } from '../../protocol/text/escape-markdown.js';
import { type Report, type ReportedModel, shortGuid, worstFirst } from './report.js';
import { titleOf } from './topic-facts.js';

/** Topics of a model beyond these are counted. */
const MOST_TOPICS = 100;

/** The text; at most `limit` bytes in UTF-8: topics are left out from the end, and counted. */
export function markdownText(report: Report, limit = Number.POSITIVE_INFINITY): string {
  for (let most = MOST_TOPICS; ; most = Math.floor(most / 2)) {
    const text = textWith(report, most);
    if (most === 0 || Buffer.byteLength(text) <= limit) return cutTo(text, limit);
  }
}

function textWith(report: Report, most: number): string {
  const { models } = report;
  const open = models.flatMap(({ topics }) => topics.filter(({ isClosed }) => !isClosed)).length;
  const failed = models.filter(({ error }) => error !== null).length;
  const blocks = [
    `## ${open === 0 && failed === 0 ? 'No open topics' : `${open} open ${open === 1 ? 'topic' : 'topics'}`}${failed > 0 ? `, ${failed} of ${models.length} models without a result` : ''}`,
    summaryTable(models),
    ...models.flatMap((model) => modelBlocks(model, most)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function summaryTable(models: readonly ReportedModel[]): string {
  const compares = models.some(
    ({ topics, gone }) => gone.length > 0 || topics.some(({ change }) => change !== null),
  );
  const head = ['Model', 'Open', ...(compares ? ['New', 'Persisting', 'Gone'] : []), 'Closed', 'Result'];
  const rows = models.map(({ path, topics, gone, error, gates }) => [
    escapeMarkdown(path, 120),
    String(topics.filter(({ isClosed }) => !isClosed).length),
    ...(compares
      ? [
          String(topics.filter(({ change }) => change === 'new').length),
          String(topics.filter(({ change }) => change === 'persisting').length),
          String(gone.length),
        ]
      : []),
    String(topics.filter(({ isClosed }) => isClosed).length),
    error === null ? gateWords(gates) : `**${escapeMarkdown(error.code, 60)}**`,
  ]);
  return table(head, rows);
}

function gateWords(gates: ReportedModel['gates']): string {
  const held = gates.filter(({ state }) => state !== 'passed');
  if (gates.length === 0) return 'done';
  return held.length === 0 ? 'gates passed' : `**${held.length} of ${gates.length} gates not passed**`;
}

function modelBlocks({ path, topics, gates, error }: ReportedModel, most: number): string[] {
  if (topics.length === 0 && gates.length === 0 && error === null) return [];
  const shown = worstFirst(topics).slice(0, most);
  const cut = topics.length - shown.length;
  return [
    `### ${escapeMarkdown(path, 120)}`,
    ...(error === null
      ? []
      : [`**${escapeMarkdown(error.code, 60)}**: ${escapeMarkdown(error.message, 400)}`]),
    ...(gates.length === 0
      ? []
      : [
          gates
            .map(
              ({ gate, state, reason }) =>
                `- ${state === 'passed' ? 'passed' : `**${state === 'found' ? 'found' : 'not checked'}**`}: \`${escapeMarkdownCode(gate)}\` ${escapeMarkdown(reason, 200)}`,
            )
            .join('\n'),
        ]),
    ...(shown.length === 0
      ? []
      : [
          table(
            ['Level', 'Status', 'Type', 'Priority', 'Topic', 'GlobalIds', 'GUID'],
            shown.map(({ topic, level, change }) => [
              level,
              escapeMarkdown(topic.status ?? '', 40),
              escapeMarkdown(topic.type ?? '', 40),
              escapeMarkdown(topic.priority ?? '', 40),
              escapeMarkdown(titleOf(topic, 160), 160) + (change === 'new' ? ' **new**' : ''),
              idCells(topic.globalIds),
              escapeMarkdown(shortGuid(topic.guid), 40),
            ]),
          ),
        ]),
    ...(cut > 0 ? [`${cut} more topics are not shown.`] : []),
  ];
}

function idCells(globalIds: readonly string[]): string {
  const more = globalIds.length - 3;
  return (
    globalIds
      .slice(0, 3)
      .map((id) => `\`${escapeMarkdownCode(id)}\``)
      .join(' ') + (more > 0 ? ` and ${more} more` : '')
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cutTo(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  return Buffer.from(text)
    .subarray(0, limit)
    .toString('utf8')
    .replace(/\n[^\n]*$/, '\n');
}
