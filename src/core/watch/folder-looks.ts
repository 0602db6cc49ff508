// Looks at the watched folders, and reports once what is away, what is back, and which copies are not run.
import { inTime } from '../../deadline.js';
import type { FileLook, ModelFolders } from '../ports/watch.js';
import type { WatchEvent } from './watch-events.js';

/** A look that takes longer is at a share that does not respond. */
const LOOK_MS = 30_000;

export class FolderLooks {
  readonly #models: Pick<ModelFolders, 'look'>;
  readonly #report: (event: WatchEvent) => Promise<void>;
  readonly #away = new Set<string>();
  readonly #mentioned = new Set<string>();
  /** A look that has not ended in time; the next one waits for it, too. */
  #looking: ReturnType<ModelFolders['look']> | null = null;

  constructor(models: Pick<ModelFolders, 'look'>, report: (event: WatchEvent) => Promise<void>) {
    this.#models = models;
    this.#report = report;
  }

  /** The paths that could not be read at the last look. */
  get away(): ReadonlySet<string> {
    return this.#away;
  }

  /** The files; null when the disk does not respond. Throws the reason of `signal`. */
  async look(signal: AbortSignal): Promise<readonly FileLook[] | null> {
    this.#looking ??= this.#models.look(signal);
    const look = await inTime(this.#looking, LOOK_MS);
    signal.throwIfAborted();
    if (look === 'late') {
      await this.#reportAway([{ path: 'the disk', why: 'does not respond' }]);
      return null;
    }
    this.#looking = null;
    await this.#reportAway(look.away);
    for (const path of look.conflicts) {
      if (this.#mentioned.has(path)) continue;
      this.#mentioned.add(path);
      await this.#report({ event: 'conflict-copy', path });
    }
    return look.files;
  }

  async #reportAway(away: readonly { path: string; why: string }[]): Promise<void> {
    const paths = new Set(away.map(({ path }) => path));
    for (const path of [...this.#away]) {
      if (paths.has(path)) continue;
      this.#away.delete(path);
      await this.#report({ event: 'back', path });
    }
    for (const { path, why } of away) {
      if (this.#away.has(path)) continue;
      this.#away.add(path);
      await this.#report({ event: 'away', path, why });
    }
  }
}
