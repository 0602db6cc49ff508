// Paths in a report: it is read on another machine, where the folders of this one say nothing.
import { basename, isAbsolute, relative, sep } from 'node:path';

/** Relative to the working folder and with `/`. What lies elsewhere has its name only. */
export function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') || isAbsolute(below)
    ? basename(path)
    : below.replaceAll('\\', '/');
}

/** `message` with each of `paths` (absolute), and with all that lies in the working folder, as `shownPath` shows it. */
export function withoutFolders(message: string, cwd: string, paths: readonly string[]): string {
  const named = paths.reduce(
    (text, path) => replaced(text, path, shownPath(cwd, path), (next) => !/[\w/\\-]/.test(next)),
    message,
  );
  return cwd === sep ? named : replaced(named, cwd + sep, '', () => true);
}

/** Where `path` stands in `text` as a path of its own. `mayEnd`: what may follow; '' is the end. */
function replaced(text: string, path: string, shown: string, mayEnd: (next: string) => boolean): string {
  let result = '';
  let from = 0;
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, from)) {
    const end = at + path.length;
    const isWhole = !/[\w./\\-]/.test(text.charAt(at - 1)) && mayEnd(text.charAt(end));
    result += text.slice(from, at) + (isWhole ? shown : path);
    from = end;
  }
  return result + text.slice(from);
}
