// The parts of a topic that every report shows, as clean text.
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** More GlobalIds than these are counted: a clash of a whole storey can have thousands. */
const MOST_IDS = 50;

export function titleOf(topic: BcfTopic, limit = 200): string {
  return cleanText(topic.title ?? '', limit) || '(no title)';
}

/** Names and values of what the topic says; without what it does not say. */
export function factsOf(topic: BcfTopic): Array<readonly [name: string, value: string]> {
  const rows: Array<readonly [string, string | null]> = [
    ['Status', topic.status],
    ['Type', topic.type],
    ['Priority', topic.priority],
    ['Labels', topic.labels.join(', ')],
    ['Assigned to', topic.assignedTo],
    ['Due', topic.dueDate],
    ['Author', topic.author],
    ['GlobalIds', idsText(topic.globalIds)],
    ['Topic', topic.guid],
  ];
  return rows.flatMap(([name, value]) => {
    const text = cleanText(value ?? '', 2000);
    return text === '' ? [] : [[name, text] as const];
  });
}

export function idsText(globalIds: readonly string[]): string {
  const more = globalIds.length - MOST_IDS;
  return globalIds.slice(0, MOST_IDS).join(' ') + (more > 0 ? ` and ${more} more` : '');
}
