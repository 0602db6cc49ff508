// Where the parts of a BCF archive are, by the names in its directory. Names are compared and never used as paths.

/** The folder of a topic. */
export interface TopicFolder {
  /** Without the slash at the end. */
  folder: string;
  /** The name of its markup, or null: it has only viewpoints. */
  markup: string | null;
}

/** The topic folders, in the order of the directory. Files that macOS adds are passed over. */
export function topicFolders(names: readonly string[]): TopicFolder[] {
  const folders = new Map<string, TopicFolder>();
  for (const name of names) {
    const [, folder = '', file = ''] = /^(?:(.*)\/)?([^/]*)$/s.exec(name) ?? [];
    if (folder === '' || folder.split('/').includes('__MACOSX') || file.startsWith('._')) continue;
    const isMarkup = file.toLowerCase() === 'markup.bcf';
    if (!isMarkup && !/\.bcfv$/i.test(file)) continue;
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, { folder, markup: isMarkup ? name : null });
    else if (isMarkup) known.markup ??= name;
  }
  return [...folders.values()];
}

/** The names that lead out of the archive, or to a place on a disk. No such file has a reason to be there. */
export function leavingNames(names: readonly string[]): string[] {
  return names.filter((name) => name.split('/').includes('..') || /^(?:\/|[a-z]:)/i.test(name));
}

/** Finds entries by a reference as a markup writes it: relative to its folder, in any case, with any slash. */
export class EntryNames {
  readonly #names = new Map<string, string>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      const key = name.toLowerCase();
      if (!this.#names.has(key)) this.#names.set(key, name);
    }
  }

  /** The name of the entry, as in the directory; null when there is none. */
  find(folder: string, reference: string): string | null {
    const parts = folder.split('/');
    for (const part of reference.replaceAll('\\', '/').split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.' && part !== '') parts.push(part);
    }
    return this.#names.get(parts.join('/').toLowerCase()) ?? null;
  }
}
