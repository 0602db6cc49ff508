// The names in one folder, for the results of one command: all names are different, and existing names are not tried again.
import { readdir } from 'node:fs/promises';

export class FolderNames {
  /** The names that existed before the command. */
  readonly #before: ReadonlySet<string>;
  /** The names of this command, compared without case, because many disks ignore case. */
  readonly #own = new Set<string>();
  readonly #next = new Map<string, number>();

  private constructor(before: ReadonlySet<string>) {
    this.#before = before;
  }

  /** Reads the folder once. It may change later; the file system decides which file gets a name. */
  static async read(folder: string): Promise<FolderNames> {
    return new FolderNames(new Set(await readdir(folder).catch(() => [])));
  }

  /** The number to start with: all lower numbers exist for `name`. */
  firstNumber(name: string): number {
    return this.#next.get(folded(name)) ?? 0;
  }

  /** Reserves a candidate for a result of this command; false when another result has it. */
  take(name: string, number: number, candidate: string): boolean {
    this.#next.set(folded(name), number + 1);
    const key = folded(candidate);
    if (this.#own.has(key)) return false;
    this.#own.add(key);
    return true;
  }

  wasThere(candidate: string): boolean {
    return this.#before.has(candidate);
  }
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
