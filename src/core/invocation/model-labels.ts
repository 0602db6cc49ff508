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
  const ways = [stems, names, withFolder];
  const used = new Set<string>();
  return paths.map((_, at) => {
    const way = ways.find((labels) => isOnlyOne(labels, at)) ?? stems;
    return unused(way[at] ?? 'model', used);
  });
}

function isOnlyOne(labels: readonly string[], at: number): boolean {
  const own = folded(labels[at] ?? '');
  return labels.every((label, other) => other === at || folded(label) !== own);
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
