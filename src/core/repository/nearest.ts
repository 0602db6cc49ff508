// Names that a person may have meant by a word that names nothing.
import leven from 'leven';

const MOST = 3;

/**
 * Up to three of `candidates` that `word` could be a slip for, nearest first: those that hold it, or that are few edits
 * away (a swap of two letters is two). Compared as given; fold the case before.
 */
export function nearest(word: string, candidates: readonly string[]): string[] {
  if (word === '') return [];
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, edits: candidate.includes(word) ? 0 : leven(word, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}
