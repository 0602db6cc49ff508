// Decides whether a gate on topics passes. A gate that could not check anything does not.

import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { TopicComparison } from './compare-topics.js';
import type { Condition, Count, Field, GateSettings, Operator, TopicGate } from './gate.js';
import type { GateOutcome } from './outcome.js';
import { folded, isClosed, type PriorityOrder, priorityOrder } from './words.js';

/** The topics of a result, and how they differ from an earlier one. */
export interface Findings {
  topics: readonly BcfTopic[];
  comparison: TopicComparison | null;
}

export function judgeTopics(gate: TopicGate, findings: Findings, settings: GateSettings): GateOutcome {
  const { topics, comparison } = findings;
  const order = priorityOrder(settings.priorityOrder);
  const counts: readonly Count[] =
    gate.counts.length > 0 ? gate.counts : [{ what: 'topics', operator: '>', value: 0 }];
  const blind = gate.conditions.find((condition) => isBlind(condition, topics));
  if (blind !== undefined)
    return unchecked(gate, `no topic has a ${blind.field}, so this gate checks nothing`);
  const sets = {
    topics,
    new: comparison?.added ?? [],
    persisting: comparison?.persisting.map(({ topic }) => topic) ?? [],
    gone: comparison?.gone ?? [],
  };
  const meets = (topic: BcfTopic) =>
    gate.conditions.every((each) => meetsCondition(topic, each, order, settings));
  const unknown = unknownPriorities(
    gate,
    counts.flatMap(({ what }) => sets[what]),
    order,
    settings,
  );
  if (unknown.length > 0)
    return unchecked(
      gate,
      `the order of priorities does not have ${unknown.map((word) => `"${cleanText(word, 40)}"`).join(', ')}; name all words, lowest first: --priority-order A,B,C`,
    );
  const matching = counts.map((count) => ({ count, found: sets[count.what].filter(meets) }));
  const isFound = matching.every(({ count, found }) => compares(found.length, count.operator, count.value));
  const said = matching.map(({ count, found }) => countText(count, found.length, gate)).join(', ');
  if (isFound)
    return {
      gate: gate.text,
      state: 'found',
      reason: said,
      topics: [...new Set(matching.flatMap(({ found }) => found))],
    };
  return { gate: gate.text, state: 'passed', reason: said + presentText(gate, matching, topics), topics: [] };
}

function unchecked(gate: TopicGate, reason: string): GateOutcome {
  return { gate: gate.text, state: 'unchecked', reason, topics: [] };
}

function countText({ what }: Count, found: number, gate: TopicGate): string {
  const noun = found === 1 ? 'topic' : 'topics';
  const which = what === 'topics' ? '' : what === 'gone' ? ' that are gone' : ` ${what}`;
  const text = what === 'gone' ? `${found} ${noun}${which}` : `${found}${which} ${noun}`;
  return gate.conditions.length === 0 ? text : `${text} of this kind`;
}

/** The fields of which every tool writes all or nothing. */
const ALL_OR_NOTHING: readonly Field[] = ['status', 'type', 'priority', 'due'];

/** True when no topic can meet the condition, because the tool that wrote them knows no such field. */
function isBlind({ field, operator, value }: Condition, topics: readonly BcfTopic[]): boolean {
  if (!ALL_OR_NOTHING.includes(field) || operator === '!=' || value.trim() === '') return false;
  return topics.length > 0 && topics.every((topic) => valuesOf(topic, field).length === 0);
}

/** The words of priority that have no rank, among the topics that meet all other conditions. */
function unknownPriorities(
  gate: TopicGate,
  topics: readonly BcfTopic[],
  order: PriorityOrder,
  settings: GateSettings,
): string[] {
  const ranked = gate.conditions.filter(
    ({ field, operator }) => field === 'priority' && isOrdering(operator),
  );
  if (ranked.length === 0) return [];
  const others = gate.conditions.filter((condition) => !ranked.includes(condition));
  const candidates = topics.filter((topic) =>
    others.every((each) => meetsCondition(topic, each, order, settings)),
  );
  const words = candidates.flatMap((topic) => valuesOf(topic, 'priority'));
  return [...new Set(words)].filter((word) => order.rankOf(word) === null);
}

/** The values of a field, without empty ones. */
function valuesOf(topic: BcfTopic, field: Field): string[] {
  const values: Readonly<Record<Exclude<Field, 'state'>, readonly (string | null)[]>> = {
    status: [topic.status],
    type: [topic.type],
    priority: [topic.priority],
    label: topic.labels,
    stage: [topic.stage],
    title: [topic.title],
    author: [topic.author],
    assignee: [topic.assignedTo],
    due: [topic.dueDate],
    guid: [topic.guid],
    globalid: topic.globalIds,
  };
  return field === 'state'
    ? []
    : values[field].filter((value) => value !== null && value.trim() !== '').map(String);
}

function meetsCondition(
  topic: BcfTopic,
  { field, operator, value }: Condition,
  order: PriorityOrder,
  settings: GateSettings,
): boolean {
  if (field === 'state') {
    const isWanted = isClosed(topic.status, settings.closedStatuses) === (value.toLowerCase() === 'closed');
    return operator === '!=' ? !isWanted : isWanted;
  }
  const values = valuesOf(topic, field);
  if (isOrdering(operator)) return values.some((own) => isOrdered(field, own, operator, value, order));
  // GlobalIds differ by case alone.
  const read = field === 'globalid' ? (text: string) => text.trim() : folded;
  const wanted = read(value);
  if (operator === '~') return values.some((own) => read(own).includes(wanted) || own.includes(value.trim()));
  const isEqual = wanted === '' ? values.length === 0 : values.some((own) => read(own) === wanted);
  return operator === '!=' ? !isEqual : isEqual;
}

function isOrdered(
  field: Field,
  own: string,
  operator: Operator,
  value: string,
  order: PriorityOrder,
): boolean {
  if (field === 'due') return compares(own.localeCompare(value, 'en'), operator, 0);
  const [rank, limit] = [order.rankOf(own), order.rankOf(value)];
  return rank !== null && limit !== null && compares(rank, operator, limit);
}

function isOrdering(operator: Operator): boolean {
  return operator !== '=' && operator !== '!=' && operator !== '~';
}

/** `own operator value`, for numbers; `~` is no comparison of numbers. */
export function compares(own: number, operator: Operator, value: number): boolean {
  switch (operator) {
    case '=':
      return own === value;
    case '!=':
      return own !== value;
    case '>':
      return own > value;
    case '>=':
      return own >= value;
    case '<':
      return own < value;
    case '<=':
      return own <= value;
    case '~':
      return false;
  }
}

/** Where no topic matched: the words that there are, so that a wrong word is seen (`Offen` for `Open`). */
function presentText(
  gate: TopicGate,
  matching: readonly { found: readonly BcfTopic[] }[],
  topics: readonly BcfTopic[],
): string {
  if (topics.length === 0 || matching.some(({ found }) => found.length > 0)) return '';
  const asked = gate.conditions.filter(({ field }) =>
    ['status', 'type', 'priority', 'label', 'stage'].includes(field),
  );
  const lists = [...new Set(asked.map(({ field }) => field))].map(
    (field) => `${field}: ${wordsOf(topics, field)}`,
  );
  return lists.length === 0 ? '' : ` (in the result: ${lists.join('; ')})`;
}

const MOST_WORDS = 8;

function wordsOf(topics: readonly BcfTopic[], field: Field): string {
  const counts = new Map<string, number>();
  for (const topic of topics) {
    const values = valuesOf(topic, field);
    for (const word of values.length === 0 ? [''] : values) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].sort(([, a], [, b]) => b - a);
  const shown = words
    .slice(0, MOST_WORDS)
    .map(([word, count]) => `${word === '' ? 'none' : `"${cleanText(word, 40)}"`} ${count}`);
  const more = words.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
