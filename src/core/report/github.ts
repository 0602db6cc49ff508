// GitHub Actions: annotations as workflow commands, and the summary of the step. Limits: docs/reports.md.
import { cleanText } from '../../protocol/text/clean-text.js';
import { type Level, type Report, worstFirst } from './report.js';
import { titleOf } from './topic-facts.js';

/** GitHub shows 10 of each kind for a step, and drops the rest without a word. */
const MOST_OF_A_KIND = 10;
const COMMANDS: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** The lines of the annotations. A line that says how many are not shown comes first, so that it is never dropped. */
export function githubAnnotations(report: Report): string[] {
  const failures = report.models.flatMap(({ path, error, gates }) => [
    ...(error === null ? [] : [command('error', path, error.code, error.message)]),
    ...gates
      .filter(({ state }) => state !== 'passed')
      .map(({ gate, reason }) => command('error', path, `gate ${gate}`, reason)),
  ]);
  const topics = worstFirst(
    report.models.flatMap(({ path, topics: all }) => all.map((topic) => ({ ...topic, path }))),
  ).filter(({ isClosed }) => !isClosed);
  return (['error', 'warning', 'note'] as const).flatMap((level) => {
    const lines = [
      ...(level === 'error' ? failures : []),
      ...topics
        .filter((topic) => topic.level === level)
        .map(({ path, topic }) =>
          command(
            COMMANDS[level],
            path,
            titleOf(topic, 120),
            [cleanText(topic.description ?? '', 500), ...topic.globalIds.slice(0, 5)]
              .filter(Boolean)
              .join(' ') || titleOf(topic),
          ),
        ),
    ];
    const cut = lines.length - MOST_OF_A_KIND;
    if (cut <= 0) return lines;
    const more = command(
      COMMANDS[level],
      null,
      'bimservice',
      `${cut + 1} more are not shown here; the summary of the step and the other reports have them`,
    );
    return [more, ...lines.slice(0, MOST_OF_A_KIND - 1)];
  });
}

function command(name: string, file: string | null, title: string, message: string): string {
  const properties = [
    ...(file === null ? [] : [`file=${property(file)}`]),
    `title=${property(cleanText(title, 200))}`,
  ].join(',');
  return `::${name} ${properties}::${data(cleanText(message, 1000))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
