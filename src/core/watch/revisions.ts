// Decides what is ready, what is new and what runs next, for `watch`. Pure: times come as arguments (monotonic, in ms).
import type { Outcome } from '../../errors.js';
import type { FileLook, Inspection } from '../ports/watch.js';

/** A revision whose run ended. */
export interface Revision {
  hash: string;
  outcome: Outcome;
  /** Where its result and receipt are, relative to the folder of results. */
  folder: string;
  /** Epoch ms. */
  endedAt: number;
}

/** What is known of a model from earlier: part of the state file. */
export interface KnownModel {
  /** The mark of the file at its last run, and since then whenever its content was the same; null before. */
  mark: string | null;
  /** The latest first. */
  revisions: readonly Revision[];
}

export interface RevisionOptions {
  /** How long (ms) size and time of a file must not change. */
  settleMs: number;
  /** True: a file that was saved again is run also when its content is the same. */
  always: boolean;
  /** True: the content behind a mark never changes, so that a known one is not read again. Files are not like that. */
  sureMarks?: boolean;
}

/** A revision that waits or runs. */
export interface Queued {
  path: string;
  hash: string;
  /** The mark of the file with this content. */
  mark: string;
}

/** What an inspection leads to. */
export type Decision =
  /** `replaces`: the hash of the revision that waited until now and is not run. */
  | { kind: 'queued'; hash: string; replaces: string | null }
  | { kind: 'unchanged'; hash: string }
  /** The content is that of an earlier revision, which has a result. */
  | { kind: 'returned'; hash: string; revision: Revision }
  /** `isNews`: false when the same was said of the same file before. */
  | { kind: 'not-ready'; why: string; isNews: boolean }
  /** Nothing is known; the next looks decide. */
  | { kind: 'nothing' };

/** How a run ended. */
export type RunEnd =
  | { kind: 'final'; revision: Revision }
  /** Nothing ran: the revision runs again later. */
  | { kind: 'again' }
  /** The file is not the one that was inspected any more. */
  | { kind: 'changed' }
  /** It is left to the next watch. */
  | { kind: 'given-up' };

/** A file that is not ready is inspected again after this long (ms), also when it shows no change: shares show them late. */
const LOOK_AGAIN_MS = 10_000;

/** As many earlier revisions of a model are known. */
const MOST_REVISIONS = 20;

interface Model {
  readonly path: string;
  present: boolean;
  still: string;
  stillSince: number;
  mark: string;
  /** The mark of the last inspection that decided something. */
  inspected: string | null;
  inspectAgainAt: number | null;
  lastWhy: string | null;
  queued: Queued | null;
  running: Queued | null;
  knownMark: string | null;
  revisions: readonly Revision[];
}

export class Revisions {
  readonly #options: RevisionOptions;
  readonly #models = new Map<string, Model>();
  /** Paths in the order in which their models began to wait. */
  readonly #queue: string[] = [];

  constructor(options: RevisionOptions, known: ReadonlyMap<string, KnownModel> = new Map()) {
    this.#options = options;
    for (const [path, { mark, revisions }] of known)
      this.#models.set(path, { ...unseen(path), knownMark: mark, revisions });
  }

  /** Takes over what a look found. A file that it did not find is not forgotten: a share may be away. */
  look(files: readonly FileLook[], now: number): void {
    const found = new Set<string>();
    for (const { path, still, mark } of files) {
      found.add(path);
      const model = this.#model(path);
      if (!model.present || model.still !== still) model.stillSince = now;
      Object.assign(model, { present: true, still, mark });
    }
    for (const model of this.#models.values()) if (!found.has(model.path)) model.present = false;
  }

  /** The files to inspect now: they have not changed for the settle time, and their content is not known. */
  due(now: number): string[] {
    return [...this.#models.values()]
      .filter((model) => {
        const at = this.#dueAt(model);
        return at !== null && at <= now;
      })
      .map(({ path }) => path);
  }

  /** The files of the last look that are not inspected yet. */
  unsettled(): string[] {
    return [...this.#models.values()].filter((model) => this.#dueAt(model) !== null).map(({ path }) => path);
  }

  inspected(path: string, inspection: Inspection, now: number): Decision {
    const model = this.#model(path);
    if (inspection.kind === 'changed') {
      model.stillSince = now;
      return { kind: 'nothing' };
    }
    if (inspection.kind === 'unreadable') return this.#notReady(model, inspection.why, now);
    if (inspection.mark !== model.mark) {
      // Another file than the look found: it has to be still for the settle time, too.
      Object.assign(model, { mark: inspection.mark, still: '', stillSince: now });
      return { kind: 'nothing' };
    }
    if (inspection.kind === 'unfinished') return this.#notReady(model, inspection.why, now);
    Object.assign(model, { inspected: inspection.mark, inspectAgainAt: null, lastWhy: null });
    return this.#decide(model, inspection.hash);
  }

  /** The revision that runs next, which counts as running from now on; null when none can run. */
  take(): Queued | null {
    for (const path of this.#queue) {
      const model = this.#model(path);
      if (model.queued === null || model.running !== null) continue;
      model.running = model.queued;
      this.#dequeue(model);
      return model.running;
    }
    return null;
  }

  ended(path: string, end: RunEnd): void {
    const model = this.#model(path);
    const ran = model.running;
    model.running = null;
    if (ran === null) return;
    switch (end.kind) {
      case 'final':
        model.knownMark = ran.mark;
        model.revisions = [
          end.revision,
          ...model.revisions.filter(({ hash }) => hash !== end.revision.hash),
        ].slice(0, MOST_REVISIONS);
        if (!this.#options.always) this.#dropKnown(model);
        return;
      case 'again':
        if (model.queued === null) this.#enqueue(model, ran, 'first');
        return;
      case 'changed':
        model.inspected = null;
        return;
      case 'given-up':
    }
  }

  /** Makes a revision wait whose earlier result is gone. */
  runAgain(path: string, hash: string): void {
    const model = this.#model(path);
    this.#enqueue(model, { path, hash, mark: model.mark }, 'last');
  }

  /** What the state file keeps of a model. */
  known(path: string): KnownModel {
    const { knownMark, revisions } = this.#model(path);
    return { mark: knownMark, revisions };
  }

  /** How many revisions wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** When the next file is to be inspected; null when none is. */
  get nextDue(): number | null {
    let next: number | null = null;
    for (const model of this.#models.values()) {
      const at = this.#dueAt(model);
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }

  #decide(model: Model, hash: string): Decision {
    const replaces = model.queued?.hash ?? null;
    const { mark, path, running } = model;
    if (this.#options.always) {
      if (mark === (running?.mark ?? model.knownMark)) return { kind: 'unchanged', hash };
    } else {
      if (replaces === hash) return { kind: 'nothing' };
      if (running !== null) {
        if (running.hash === hash) return this.#drop(model, { kind: 'unchanged', hash });
      } else {
        const [last] = model.revisions;
        const revision = model.revisions.find((each) => each.hash === hash);
        if (revision !== undefined)
          return this.#drop(
            model,
            revision === last || revision.outcome !== 'done'
              ? { kind: 'unchanged', hash }
              : { kind: 'returned', hash, revision },
          );
      }
    }
    this.#enqueue(model, { path, hash, mark }, 'last');
    return { kind: 'queued', hash, replaces: replaces === hash ? null : replaces };
  }

  /** The file has again a content that needs no run, so the one that waits is out of date. */
  #drop(model: Model, decision: Decision): Decision {
    this.#dequeue(model);
    if (model.running === null) model.knownMark = model.mark;
    if (decision.kind === 'returned') {
      const { revision } = decision;
      model.revisions = [revision, ...model.revisions.filter((each) => each !== revision)];
    }
    return decision;
  }

  /** The content that waits was saved while another one ran, and has run before: the next inspection finds that out. */
  #dropKnown(model: Model): void {
    const { queued, revisions } = model;
    if (queued === null || !revisions.some(({ hash }) => hash === queued.hash)) return;
    this.#dequeue(model);
    model.inspected = null;
  }

  #notReady(model: Model, why: string, now: number): Decision {
    const isNews = model.lastWhy !== why;
    Object.assign(model, { inspected: model.mark, inspectAgainAt: now + LOOK_AGAIN_MS, lastWhy: why });
    return { kind: 'not-ready', why, isNews };
  }

  /** When to inspect a model; null when there is nothing to find out. */
  #dueAt(model: Model): number | null {
    if (!model.present) return null;
    if (this.#options.sureMarks && model.inspected === null && model.mark === model.knownMark) return null;
    if (model.mark !== model.inspected) return model.stillSince + this.#options.settleMs;
    return model.inspectAgainAt;
  }

  #enqueue(model: Model, queued: Queued, where: 'first' | 'last'): void {
    // A newer revision keeps the place of the one that it replaces.
    if (model.queued === null) {
      if (where === 'first') this.#queue.unshift(model.path);
      else this.#queue.push(model.path);
    }
    model.queued = queued;
  }

  #dequeue(model: Model): void {
    model.queued = null;
    const at = this.#queue.indexOf(model.path);
    if (at !== -1) this.#queue.splice(at, 1);
  }

  #model(path: string): Model {
    const known = this.#models.get(path);
    if (known !== undefined) return known;
    const model = unseen(path);
    this.#models.set(path, model);
    return model;
  }
}

function unseen(path: string): Model {
  return {
    path,
    present: false,
    still: '',
    stillSince: 0,
    mark: '',
    inspected: null,
    inspectAgainAt: null,
    lastWhy: null,
    queued: null,
    running: null,
    knownMark: null,
    revisions: [],
  };
}
