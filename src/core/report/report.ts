// What a report says, as data; each format turns it into its own text (JUnit, SARIF, Markdown, GitLab, GitHub, HTML).
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import type { Change, GateRecord } from '../findings/findings-record.js';
import { folded, isClosed, priorityOrder } from '../findings/words.js';

/** How serious an open topic is. `note` is also what is closed. */
export type Level = 'error' | 'warning' | 'note';

export interface ReportedTopic {
  topic: BcfTopic;
  level: Level;
  isClosed: boolean;
  /** Null without a comparison. */
  change: Change | null;
  /** A `data:` address of its first picture; null when there is none, or when it is not asked for. */
  picture: string | null;
}

/** A model and what its run found. */
export interface ReportedModel {
  /** The path of the model, or of the result where the model is not known; relative and with `/`. */
  path: string;
  /** Id of the service; null when it is not known. */
  service: string | null;
  topics: ReportedTopic[];
  /** The topics of the earlier result that are not in this one. */
  gone: BcfTopic[];
  gates: GateRecord[];
  /** Why there is no result, or not a whole one; null when there is. Not a gate: `gates` has those. */
  error: { code: string; message: string } | null;
}

export interface Report {
  version: string;
  /** ISO 8601. */
  createdAt: string;
  models: ReportedModel[];
}

export interface LevelRules {
  /** Words, lowest first; null for the usual ones. */
  priorityOrder: readonly string[] | null;
  closedStatuses: readonly string[] | null;
}

const ERROR_TYPES = new Set(['error', 'clash', 'fault', 'failure', 'critical']);
const NOTE_TYPES = new Set(['info', 'information', 'remark', 'comment', 'note', 'request']);

/**
 * A topic's level: by its priority where it has one, otherwise by its type; `warning` where neither says anything. With an
 * order of priorities of one's own, its upper third is `error` and its lower third `note`.
 */
export function levelOf(topic: Pick<BcfTopic, 'priority' | 'type' | 'status'>, rules: LevelRules): Level {
  if (isClosed(topic.status, rules.closedStatuses)) return 'note';
  const order = priorityOrder(rules.priorityOrder);
  const rank = topic.priority === null ? null : order.rankOf(topic.priority);
  if (rank !== null) {
    const highest = Math.max(...order.words.map((word) => order.rankOf(word) ?? 0));
    if (rules.priorityOrder === null) return rank >= 2 ? 'error' : rank === 1 ? 'warning' : 'note';
    return rank * 3 > highest * 2 ? 'error' : rank * 3 < highest ? 'note' : 'warning';
  }
  const type = folded(topic.type ?? '');
  if (ERROR_TYPES.has(type)) return 'error';
  return NOTE_TYPES.has(type) ? 'note' : 'warning';
}

const LEVELS: readonly Level[] = ['error', 'warning', 'note'];

/** Worst first, open before closed; equal ones keep their order. */
export function worstFirst<Item extends { level: Level; isClosed: boolean }>(items: readonly Item[]): Item[] {
  const rank = ({ level, isClosed: closed }: Item) => LEVELS.indexOf(level) + (closed ? LEVELS.length : 0);
  return items.toSorted((one, other) => rank(one) - rank(other));
}

/** The first group of a GUID: enough to find the topic, and short enough for a line. */
export function shortGuid(guid: string): string {
  return guid.slice(0, 8);
}
