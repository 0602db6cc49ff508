// Keeps the state file of a watch, and names the folders of its results.
import { nameParts, numbered, safeFileName } from '../../protocol/invocation/result-name.js';
import type { ResultFolders } from '../ports/watch.js';
import type { KnownModel, Queued, Revision } from './revisions.js';
import { type ModelState, stateDocument, type WatchState } from './watch-record.js';

export class WatchedModels {
  readonly #state: WatchState;
  readonly #folders: ResultFolders;
  /** The folders that `latest` does not point to yet, by label. */
  readonly #latest = new Map<string, string>();
  #saving: Promise<void> = Promise.resolve();

  constructor(state: WatchState, folders: ResultFolders) {
    this.#state = state;
    this.#folders = folders;
  }

  /**
   * What earlier runs have done. Of a run that was in hand its receipt shows how it ended; without one the revision runs
   * again, and `onUnknown` hears its path.
   */
  async recover(endedAt: number, onUnknown: (path: string) => void): Promise<Map<string, KnownModel>> {
    for (const [path, model] of this.#state.models) {
      const { inHand } = model;
      if (inHand === null) continue;
      const outcome = await this.#folders.endIn(inHand.folder);
      model.inHand = null;
      if (outcome === null) {
        await this.#folders.tidy(inHand.folder);
        onUnknown(path);
        continue;
      }
      model.revisions = [{ ...inHand, outcome, endedAt }, ...model.revisions];
      if (outcome === 'done') await this.#folders.pointTo(model.label, inHand.folder);
    }
    return new Map(this.#state.models);
  }

  /** The folder of a run that begins at `now` (epoch ms). The state file says from now on that it is in hand. */
  async begin({ path, hash }: Queued, now: number): Promise<string> {
    const model = this.#model(path);
    const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const folder = `${model.label}/${time}-${hash.slice(0, 8)}`;
    model.inHand = { hash, folder };
    await this.save();
    return folder;
  }

  /** The run in hand ended. `revision`: null where it runs again. Changes memory only; `save` follows. */
  end(path: string, revision: Revision | null, known: KnownModel): void {
    const model = this.#model(path);
    model.inHand = null;
    Object.assign(model, known);
    if (revision?.outcome === 'done') this.#latest.set(model.label, revision.folder);
  }

  /** The file was saved with content that needs no run. True where the state file does not say so yet; `save` follows. */
  note(path: string, known: KnownModel): boolean {
    const model = this.#state.models.get(path);
    if (model === undefined || model.mark === known.mark) return false;
    model.mark = known.mark;
    return true;
  }

  /** Points `latest` to an earlier revision; false when its folder is gone. */
  async returnTo(path: string, { folder }: Revision, known: KnownModel): Promise<boolean> {
    const model = this.#model(path);
    if (!(await this.#folders.pointTo(model.label, folder))) return false;
    Object.assign(model, known);
    await this.save();
    return true;
  }

  /** Writes what is not written yet; what fails is written by the next call. */
  save(): Promise<void> {
    // One after another: of two that write at once, the older state could be the last.
    const saving = this.#saving.then(() => this.#saveNow());
    this.#saving = saving.catch(() => {});
    return saving;
  }

  async #saveNow(): Promise<void> {
    // First `latest`: a program that is killed in between finds the run in hand, and does this again.
    for (const [label, folder] of this.#latest) {
      await this.#folders.pointTo(label, folder);
      if (this.#latest.get(label) === folder) this.#latest.delete(label);
    }
    await this.#folders.saveState(stateDocument(this.#state));
  }

  #model(path: string): ModelState {
    const { models } = this.#state;
    const known = models.get(path);
    if (known !== undefined) return known;
    const label = freeLabel(
      path,
      [...models.values()].map((model) => model.label),
    );
    const model: ModelState = { label, mark: null, revisions: [], inHand: null };
    models.set(path, model);
    return model;
  }
}

/** The name without its extension, otherwise with it, otherwise with the folder before it, otherwise with a number. */
function freeLabel(path: string, used: readonly string[]): string {
  const name = safeFileName(path) ?? 'model';
  const { stem } = nameParts(name);
  const folder = safeFileName(path.split(/[/\\]/).at(-2) ?? '');
  const taken = new Set(used.map(folded));
  const ways = [stem, name, ...(folder === null ? [] : [`${folder}-${stem}`])];
  const free = ways.find((label) => !taken.has(folded(label)));
  if (free !== undefined) return free;
  for (let n = 1; ; n += 1) if (!taken.has(folded(numbered(stem, n)))) return numbered(stem, n);
}

/** Many disks ignore case. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
