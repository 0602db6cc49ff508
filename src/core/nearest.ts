// What a person may have meant by a word that names nothing.

const MOST = 3;

/**
 * Up to three of `candidates` that `word` could be a slip for, nearest first: those that hold it, or that are at
 * most a third of its length in edits away. Compared as given; fold the case before.
 */
export function nearest(word: string, candidates: readonly string[]): string[] {
  if (word === '') return [];
  const limit = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({
      candidate,
      distance: candidate.includes(word) ? 0 : editDistance(word, candidate),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (left === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
