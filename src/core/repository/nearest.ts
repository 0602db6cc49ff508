// Suggests what a person may have meant by an unknown word.
import leven from 'leven';

const MOST = 3;

/**
 * Up to three of `candidates` that `word` may be a typing error of, nearest first: those that contain it, and those whose
 * edit distance is at most a third of its length. Compares exactly; normalize the case before.
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
