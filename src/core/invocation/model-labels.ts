// A label for each of several models, for the names of their results: short and unique.
import { nameParts, numbered, safeFileName } from '../../protocol/invocation/result-name.js';

/**
 * A label for each path, in order: the name without its extension if that is unique; otherwise with the extension; otherwise
 * with the folder before it; otherwise with a number. Compared without case, because many disks ignore case.
 */
export function modelLabels(paths: readonly string[]): string[] {
  const names = paths.map((path) => (path === '-' ? 'stdin' : (safeFileName(path) ?? 'model')));
  const stems = names.map((name) => nameParts(name).stem);
  const withFolder = paths.map((path, at) => {
    const folder = safeFileName(path.split(/[/\\]/).at(-2) ?? '');
    return folder === null ? (stems[at] ?? '') : `${folder}-${stems[at]}`;
  });
  const ways = [stems, names, withFolder].map((labels) => ({ labels, counts: countsOf(labels) }));
  const used = new Set<string>();
  return paths.map((_, at) => {
    const way = ways.find(({ labels, counts }) => counts.get(folded(labels[at] ?? '')) === 1);
    return unused((way?.labels ?? stems)[at] ?? 'model', used);
  });
}

/** How often each label stands in `labels`, without case. */
function countsOf(labels: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels.map(folded)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function unused(label: string, used: Set<string>): string {
  for (let n = 0; ; n += 1) {
    const candidate = n === 0 ? label : numbered(label, n);
    if (used.has(folded(candidate))) continue;
    used.add(folded(candidate));
    return candidate;
  }
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
