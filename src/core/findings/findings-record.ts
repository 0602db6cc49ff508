// What is found in a result, as data: for `--json`, receipts and reports (schemas/findings.schema.json).

import type { BcfProblem, BcfTopic } from '../../protocol/bcf/topic.js';
import type { TopicComparison } from './compare-topics.js';
import type { GateOutcome } from './outcome.js';

/** Which run made a result. */
export interface RunOrigin {
  resourceUrl: string | null;
  modelSha256: string | null;
}

export interface ComparisonRecord {
  /** The path of the earlier result of this model, or null: then every topic is new. */
  baseline: string | null;
  new: number;
  persisting: number;
  gone: number;
  /** How the persisting ones were recognized. */
  matchedBy: { guid: number; content: number; contentWithoutCounts: number };
  /** The number of topics that are gone because the model changed; null where that cannot be said, see `note`. */
  resolved: number | null;
  identitiesChanged: boolean;
  /** Why `resolved` is null; otherwise null. */
  note: string | null;
}

export interface GateRecord {
  gate: string;
  state: GateOutcome['state'];
  reason: string;
  /** GUIDs of the topics that did it. */
  topics: string[];
}

/** What gates and comparison found in the result of a run. */
export interface FindingsRecord {
  /** Number of topics; null where the result is no BCF. */
  topics: number | null;
  gates: GateRecord[];
  comparison: ComparisonRecord | null;
  problems: BcfProblem[];
}

export function gateRecords(outcomes: readonly GateOutcome[]): GateRecord[] {
  return outcomes.map(({ gate, state, reason, topics }) => ({
    gate,
    state,
    reason,
    topics: topics.map(({ guid }) => guid),
  }));
}

/**
 * Topics that are gone are called resolved only where the same service looked at another model: a checker may have cut its
 * list, and the same model has the same faults.
 */
export function comparisonRecord(
  { added, persisting, gone, identitiesChanged }: TopicComparison,
  baseline: string | null,
  before: RunOrigin | null,
  now: RunOrigin | null,
): ComparisonRecord {
  const by = (way: string) => persisting.filter((pair) => pair.by === way).length;
  const note = identitiesChanged
    ? 'identities changed: no GlobalId is in both results'
    : reasonAgainst(before, now);
  return {
    baseline,
    new: added.length,
    persisting: persisting.length,
    gone: gone.length,
    matchedBy: {
      guid: by('guid'),
      content: by('content'),
      contentWithoutCounts: by('content-without-counts'),
    },
    resolved: note === null ? gone.length : null,
    identitiesChanged,
    note,
  };
}

function reasonAgainst(before: RunOrigin | null, now: RunOrigin | null): string | null {
  if (before?.modelSha256 == null || now?.modelSha256 == null)
    return 'a receipt with the hash of the model is missing';
  if (before.resourceUrl === null || before.resourceUrl !== now.resourceUrl)
    return 'another service made the earlier result';
  return before.modelSha256 === now.modelSha256 ? 'the model is the same' : null;
}

/** How a topic of a result stands to an earlier result. */
export type Change = 'new' | 'persisting';

/** The change of each topic; empty without a comparison. */
export function changesIn(comparison: TopicComparison | null): ReadonlyMap<BcfTopic, Change> {
  const changes = new Map<BcfTopic, Change>();
  for (const topic of comparison?.added ?? []) changes.set(topic, 'new');
  for (const { topic } of comparison?.persisting ?? []) changes.set(topic, 'persisting');
  return changes;
}
