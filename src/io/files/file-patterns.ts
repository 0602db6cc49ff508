// Patterns such as `models/**/*.ifc` that the shell did not expand: quoted ones, and those of Windows.
import { stat } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { BimServiceError, type ErrorDetails } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** For the hint of an error. */
export const ABOUT_PATTERNS = '"*" stands for any text in a name, "**" for any folders: \'models/**/*.ifc\'.';

/**
 * `words` with the files that match in the place of each pattern, in the order of their names, and no file twice; `-` is no
 * file. Calls `onTwice` with a word that names a file that is there already.
 * A file that really has the name of the pattern wins. Throws `code` with `details` when nothing matches.
 */
export async function expandPatterns(
  words: readonly string[],
  cwd: string,
  code: 'model-unreadable' | 'result-unreadable',
  details: ErrorDetails,
  onTwice: (word: string) => void,
): Promise<string[]> {
  const found = new Set<string>();
  const paths: string[] = [];
  for (const word of words) {
    const files = (await isPattern(word, cwd)) ? await matches(word, cwd) : null;
    if (files?.length === 0)
      throw new BimServiceError(code, `no file matches ${cleanText(word, 200)}`, details);
    for (const path of files ?? [word]) {
      if (path !== '-' && found.has(resolve(cwd, path))) {
        if (files === null) onTwice(path);
        continue;
      }
      found.add(resolve(cwd, path));
      paths.push(path);
    }
  }
  return paths;
}

async function isPattern(word: string, cwd: string): Promise<boolean> {
  if (!/[*?[{]/.test(word)) return false;
  return stat(resolve(cwd, word)).then(
    () => false,
    () => true,
  );
}

async function matches(pattern: string, cwd: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob(sep === '\\' ? pattern.replaceAll('\\', '/') : pattern, {
    cwd,
    absolute: isAbsolute(pattern),
    expandDirectories: false,
  });
  return found.toSorted();
}
