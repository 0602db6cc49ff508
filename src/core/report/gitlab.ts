// GitLab's code quality report: an array with an entry for each open topic.
import { cleanText } from '../../protocol/text/clean-text.js';
import { folded } from '../findings/words.js';
import { Fingerprints } from './fingerprint.js';
import type { Level, Report, ReportedTopic } from './report.js';
import { idsText, titleOf } from './topic-facts.js';

const BY_LEVEL: Readonly<Record<Level, string>> = { error: 'major', warning: 'minor', note: 'info' };
const BY_PRIORITY: ReadonlyMap<string, string> = new Map([
  ['critical', 'critical'],
  ['blocker', 'blocker'],
]);

/** An empty array without topics: GitLab compares with the report of the target branch, and needs it. */
export function gitlabText(report: Report): string {
  const fingerprints = new Fingerprints();
  const entries = report.models.flatMap(({ path, topics, error }) => [
    ...(error === null
      ? []
      : [
          {
            description: cleanText(`${error.code}: ${error.message}`, 1000),
            check_name: 'bimservice',
            fingerprint: `${path}:${error.code}`,
            severity: 'blocker',
            location: { path, lines: { begin: 1 } },
          },
        ]),
    ...topics
      .filter(({ isClosed }) => !isClosed)
      .map((reported) => ({
        description: [titleOf(reported.topic), idsText(reported.topic.globalIds.slice(0, 5))]
          .filter(Boolean)
          .join(' '),
        check_name: cleanText(reported.topic.type ?? '', 80) || 'topic',
        fingerprint: fingerprints.of(reported.topic, path),
        severity: severityOf(reported),
        location: { path, lines: { begin: 1 } },
      })),
  ]);
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function severityOf({ topic, level }: ReportedTopic): string {
  return BY_PRIORITY.get(folded(topic.priority ?? '')) ?? BY_LEVEL[level];
}
