// Suggests what a person may have meant by an unknown word.
import leven from 'leven';

const MOST = 3;

/**
 * Up to three of `candidates` that `word` may be a typing error of, nearest first: those that contain it, and those of
 * which the whole, or a beginning of about the same length, has an edit distance of at most a third of its length.
 * Compares exactly; normalize the case before.
 */
export function nearest(word: string, candidates: readonly string[]): string[] {
  if (word === '') return [];
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, edits: candidate.includes(word) ? 0 : editsTo(word, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** People type the beginning of a name: `clsh` is one edit from the beginning of `clash-check`. */
function editsTo(word: string, candidate: string): number {
  // A beginning of three letters is near to too many names.
  const lengths = word.length < 4 ? [] : [word.length - 1, word.length, word.length + 1];
  // Each once: all beginnings of a short name are the name itself.
  const texts = new Set([candidate, ...lengths.map((length) => candidate.slice(0, length))]);
  return Math.min(...[...texts].map((text) => leven(word, text)));
}
