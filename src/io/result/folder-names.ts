// The names in one folder, as the results of one command see them: no two get the same, and no name is tried in vain.
import { readdir } from 'node:fs/promises';

export class FolderNames {
  /** Names that were there before the command. */
  readonly #before: ReadonlySet<string>;
  /** Names of this command, compared without case, as many disks do. */
  readonly #own = new Set<string>();
  readonly #next = new Map<string, number>();

  private constructor(before: ReadonlySet<string>) {
    this.#before = before;
  }

  /** One look at the folder. It may change later: the file system itself decides who gets a name. */
  static async read(folder: string): Promise<FolderNames> {
    return new FolderNames(new Set(await readdir(folder).catch(() => [])));
  }

  /** The number at which to start: all below it were taken for `name`. */
  firstNumber(name: string): number {
    return this.#next.get(folded(name)) ?? 0;
  }

  /** Takes a candidate for a result of this command; false where another result has it. */
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
