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

/** Damerau's distance: insertions, deletions and replacements of one character, and swaps of two neighbours. */
function editDistance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]];
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of a.entries()) {
    const row = [i + 1];
    for (const [j, right] of b.entries()) {
      const replaced = (last[j] ?? 0) + (left === right ? 0 : 1);
      const isSwap = i > 0 && j > 0 && left === b[j - 1] && a[i - 1] === right;
      const swapped = isSwap ? (beforeLast[j - 1] ?? 0) + 1 : replaced;
      row.push(Math.min(replaced, swapped, (last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
