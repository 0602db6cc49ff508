// Compares the topics of two results. Few tools keep GUIDs between runs, so the content decides where the GUID does not.

import type { BcfTopic } from '../../protocol/bcf/topic.js';

/** How a topic was found in the earlier result: by its GUID; by type, title and selected GlobalIds; by these without counts. */
export type MatchedBy = 'guid' | 'content' | 'content-without-counts';

export interface Persisting {
  topic: BcfTopic;
  earlier: BcfTopic;
  by: MatchedBy;
}

export interface TopicComparison {
  /** Topics that the earlier result does not have, in the order of the result. */
  added: BcfTopic[];
  persisting: Persisting[];
  /** Topics of the earlier result that this one does not have. A checker may have cut its list, so they may still be true. */
  gone: BcfTopic[];
  /** True when both results have GlobalIds and none in common: the elements have other identities, and nothing can be said. */
  identitiesChanged: boolean;
}

/** Each topic is matched at most once, so three topics of one kind against one earlier topic are two new ones. */
export function compareTopics(earlier: readonly BcfTopic[], current: readonly BcfTopic[]): TopicComparison {
  const persisting = new Map<BcfTopic, Persisting>();
  let [left, open]: [BcfTopic[], BcfTopic[]] = [[...earlier], [...current]];
  const match = (by: MatchedBy, keyOf: (topic: BcfTopic) => string | null): void => {
    const waiting = new Map<string, BcfTopic[]>();
    for (const topic of left) {
      const key = keyOf(topic);
      if (key === null) continue;
      const same = waiting.get(key);
      if (same === undefined) waiting.set(key, [topic]);
      else same.push(topic);
    }
    const used = new Set<BcfTopic>();
    for (const topic of open) {
      const key = keyOf(topic);
      const found = key === null ? undefined : waiting.get(key)?.shift();
      if (found === undefined) continue;
      used.add(found);
      persisting.set(topic, { topic, earlier: found, by });
    }
    left = left.filter((topic) => !used.has(topic));
    open = open.filter((topic) => !persisting.has(topic));
  };
  match('guid', ({ guid }) => guid.toLowerCase());
  match('content', (topic) => contentOf(topic, topic.title ?? ''));
  match('content-without-counts', (topic) => contentOf(topic, withoutCounts(topic)));
  return {
    added: open,
    persisting: current.flatMap((topic) => persisting.get(topic) ?? []),
    gone: left,
    identitiesChanged: haveNoneInCommon(earlier, current),
  };
}

function contentOf({ type, globalIds }: BcfTopic, title: string): string {
  return JSON.stringify([type ?? '', title, globalIds.toSorted()]);
}

/**
 * The title without `[1]` and `(12)`, and, where GlobalIds say which elements are meant, without any number: without them
 * "Room 101" and "Room 102" would be one.
 */
function withoutCounts({ title, globalIds }: BcfTopic): string {
  const bare = (title ?? '').replace(/\[\d+\]|\(\d+(?:\s?\/\s?\d+)?\)/g, '');
  const counted =
    globalIds.length === 0 ? bare : bare.replace(/(?<![\p{L}\p{N}.])\d+(?![\p{L}\p{N}]|\.\d)/gu, '');
  return counted.replace(/\s+/g, ' ').trim();
}

function haveNoneInCommon(earlier: readonly BcfTopic[], current: readonly BcfTopic[]): boolean {
  const known = new Set(earlier.flatMap(({ globalIds }) => globalIds));
  const now = current.flatMap(({ globalIds }) => globalIds);
  return known.size > 0 && now.length > 0 && !now.some((id) => known.has(id));
}
