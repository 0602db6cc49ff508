// Words of status, type and priority as different tools write them.

/** A word for comparison: case, blanks, `_` and `-` make no difference (`IN_PROGRESS` is `In Progress`). A word of these alone stays. */
export function folded(word: string): string {
  const trimmed = word.trim();
  const bare = trimmed
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
  return bare === '' ? trimmed : bare;
}

/** Words of priority, lowest first; those on one line are equal. */
const PRIORITIES: readonly (readonly string[])[] = [
  ['low', 'minor'],
  ['medium', 'normal'],
  ['high', 'major'],
  ['critical'],
  ['blocker'],
];

/** What tools write for a topic that needs no more work. Every other word counts as open. */
const CLOSED = ['Closed', 'Resolved', 'Solved', 'Done', 'Approved', 'chiuso'];

/** The rank of words of priority. */
export interface PriorityOrder {
  /** The words, lowest first. */
  words: readonly string[];
  /** From 0; null for a word that is not known. */
  rankOf(word: string): number | null;
}

/** @param order the words, lowest first; null for the usual ones */
export function priorityOrder(order: readonly string[] | null): PriorityOrder {
  const groups = order === null ? PRIORITIES : order.map((word) => [word]);
  const ranks = new Map(groups.flatMap((words, rank) => words.map((word) => [folded(word), rank] as const)));
  return { words: groups.flat(), rankOf: (word) => ranks.get(folded(word)) ?? null };
}

/** True for a status that means closed. @param words null for the usual ones */
export function isClosed(status: string | null, words: readonly string[] | null): boolean {
  if (status === null) return false;
  const own = folded(status);
  return (words ?? CLOSED).some((word) => folded(word) === own);
}
