// Watches folders and runs each new revision of a model once. It knows no terminal and no disk.
import { asBimServiceError } from '../../error-shape.js';
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ModelRun } from '../invocation/run-model.js';
import type { Clock, Timer } from '../ports/system.js';
import type { ModelFolders, ResultFolders } from '../ports/watch.js';
import { FolderLooks } from './folder-looks.js';
import type { PauseReason } from './pauses.js';
import { type Queued, Revisions } from './revisions.js';
import { endOf } from './run-end.js';
import { Wakeup } from './wakeup.js';
import type { WatchEvent } from './watch-events.js';
import { WatchPauses } from './watch-pauses.js';
import type { WatchState } from './watch-record.js';
import { WatchedModels } from './watched-models.js';

export interface WatchInput {
  state: WatchState;
  /** True: ends when everything that changed since the last time has run. */
  once: boolean;
  /** With `once`: how often it waits for a service that did not run the model, and tries again; absent: never. */
  retry?: number;
  /** How many runs at the same time. */
  jobs: number;
  /** How often (ms) to look without a hint. */
  everyMs: number;
  settleMs: number;
  always: boolean;
  /** See `RevisionOptions`. */
  sureMarks?: boolean;
}

export interface WatchPorts {
  models: ModelFolders;
  results: ResultFolders;
  /** Sends a model and files its result in `folder`, relative to the folder of results. Never throws. */
  run(queued: Queued, folder: string, signal: AbortSignal): Promise<ModelRun>;
  /** Changes when another token is stored. */
  tokenMark(): Promise<string | null>;
  /** Calls `listener` when something may have changed in the folders. */
  onHint(listener: () => void): void;
  report(event: WatchEvent): Promise<void>;
  clock: Clock;
  timer: Timer;
}

/** While there is no token, the store is looked at this often. */
const TOKEN_MS = 2000;

/**
 * With `once` returns the errors of the runs, in the order in which they ended; otherwise goes on until `signal` aborts, and
 * throws its reason when the runs in hand have ended.
 */
export async function watchModels(
  input: WatchInput,
  ports: WatchPorts,
  signal: AbortSignal,
): Promise<BimServiceError[]> {
  const watch = new Watch(input, ports, signal);
  try {
    return await watch.run();
  } finally {
    await watch.settle();
  }
}

class Watch {
  readonly #input: WatchInput;
  readonly #ports: WatchPorts;
  readonly #signal: AbortSignal;
  readonly #wakeup = new Wakeup();
  readonly #looks: FolderLooks;
  readonly #pauses: WatchPauses;
  readonly #watched: WatchedModels;
  readonly #running = new Set<Promise<void>>();
  readonly #errors: BimServiceError[] = [];
  #revisions: Revisions;
  #isUnsaved = false;
  /** What a step of a run has thrown; none is expected to. */
  #failure: { error: unknown } | null = null;

  constructor(input: WatchInput, ports: WatchPorts, signal: AbortSignal) {
    this.#input = input;
    this.#ports = ports;
    this.#signal = signal;
    this.#looks = new FolderLooks(ports.models, (event) => ports.report(event));
    this.#pauses = new WatchPauses({ once: input.once, retry: input.retry ?? 0 }, ports);
    this.#revisions = new Revisions(input);
    this.#watched = new WatchedModels(input.state, ports.results);
  }

  async run(): Promise<BimServiceError[]> {
    const { clock, timer, onHint } = this.#ports;
    const repeated: string[] = [];
    const known = await this.#watched.recover(clock.now(), (path) => repeated.push(path));
    this.#revisions = new Revisions(this.#input, known);
    for (const path of repeated) await this.#ports.report({ event: 'repeated', path });
    onHint(() => this.#wakeup.wake());
    let settledAt = Number.POSITIVE_INFINITY;
    for (;;) {
      const files = await this.#looks.look(this.#signal);
      if (files !== null) this.#revisions.look(files, clock.monotonic());
      // By then everything that the first look found, and that no one writes, is due.
      settledAt = Math.min(settledAt, clock.monotonic() + this.#input.settleMs);
      await this.#inspect();
      await this.#pauses.checkToken();
      await this.#saveAgain();
      this.#startRuns();
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#input.once && this.#running.size === 0 && clock.monotonic() >= settledAt) {
        const isDone = this.#revisions.waiting === 0 && this.#revisions.due(clock.monotonic()).length === 0;
        if (isDone || this.#pauses.isGivenUp) break;
      }
      await this.#wakeup.wait(this.#waitMs(settledAt), timer, this.#signal);
    }
    for (const path of this.#revisions.unsettled())
      await this.#ports.report({ event: 'not-ready', path, why: 'is still being written' });
    for (const path of this.#looks.away) this.#errors.push(unreadable(path, 'is away'));
    return this.#errors;
  }

  /** Waits for the runs in hand. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** How long to wait for the next step. */
  #waitMs(settledAt: number): number {
    const now = this.#ports.clock.monotonic();
    const pause = this.#pauses.current;
    const times = [now + this.#input.everyMs];
    const { nextDue } = this.#revisions;
    if (nextDue !== null) times.push(nextDue);
    if (pause !== null) times.push(pause.until);
    if (pause?.reason === 'token') times.push(now + TOKEN_MS);
    if (this.#input.once && now < settledAt) times.push(settledAt);
    return Math.max(1, Math.min(...times) - now);
  }

  async #inspect(): Promise<void> {
    const { models, clock, report } = this.#ports;
    let isNoted = false;
    for (const path of this.#revisions.due(clock.monotonic())) {
      const inspection = await models.inspect(path, this.#signal);
      if (this.#input.once && inspection.kind === 'unreadable')
        this.#errors.push(unreadable(path, inspection.why));
      this.#signal.throwIfAborted();
      const decision = this.#revisions.inspected(path, inspection, clock.monotonic());
      switch (decision.kind) {
        case 'queued':
          await report({ event: 'queued', path, hash: decision.hash, replaces: decision.replaces });
          break;
        case 'unchanged':
          isNoted = this.#watched.note(path, this.#revisions.known(path)) || isNoted;
          await report({ event: 'unchanged', path, hash: decision.hash });
          break;
        case 'returned': {
          const { revision, hash } = decision;
          const isBack = await this.#watched
            .returnTo(path, revision, this.#revisions.known(path))
            .catch(() => false);
          if (isBack) await report({ event: 'returned', path, hash, folder: revision.folder });
          else {
            this.#revisions.runAgain(path, hash);
            await report({ event: 'queued', path, hash, replaces: null });
          }
          break;
        }
        case 'not-ready':
          if (decision.isNews) await report({ event: 'not-ready', path, why: decision.why });
          break;
        case 'nothing':
      }
      // A large file takes a while to read; what waits can run meanwhile.
      this.#startRuns();
    }
    if (isNoted) await this.#save();
  }

  async #saveAgain(): Promise<void> {
    if (!this.#isUnsaved || this.#pauses.current !== null) return;
    await this.#save();
  }

  async #save(): Promise<void> {
    try {
      await this.#watched.save();
      if (this.#isUnsaved) await this.#pauses.succeeded('results');
      this.#isUnsaved = false;
    } catch (error) {
      this.#isUnsaved = true;
      await this.#pause('results', asBimServiceError(error));
    }
  }

  #startRuns(): void {
    while (
      this.#running.size < this.#input.jobs &&
      !this.#pauses.isGivenUp &&
      !this.#signal.aborted &&
      this.#pauses.current === null
    ) {
      const queued = this.#revisions.take();
      if (queued === null) return;
      const running: Promise<void> = this.#runOne(queued)
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .then(() => {
          this.#running.delete(running);
          this.#wakeup.wake();
        });
      this.#running.add(running);
    }
  }

  async #runOne(queued: Queued): Promise<void> {
    const { models, clock } = this.#ports;
    const { path } = queued;
    if ((await models.markOf(path)) !== queued.mark) return this.#revisions.ended(path, { kind: 'changed' });
    let folder: string;
    try {
      folder = await this.#watched.begin(queued, clock.now());
    } catch (error) {
      this.#again(queued, 'results');
      this.#watched.end(path, null, this.#revisions.known(path));
      return this.#pause('results', asBimServiceError(error));
    }
    const run = await this.#ports.run(queued, folder, this.#signal);
    await this.#take(queued, folder, run);
  }

  /** Files the end of a run. */
  async #take(queued: Queued, folder: string, run: ModelRun): Promise<void> {
    const { path, hash } = queued;
    const { outcome, http } = run.record;
    const end = endOf({ outcome, status: http.status, error: run.error });
    if (end.kind === 'interrupted') {
      // What may have run stays in hand, so that the next watch can say so.
      if (outcome !== 'unknown') {
        this.#watched.end(path, null, this.#revisions.known(path));
        await this.#ports.results.tidy(folder);
        await this.#save();
      }
      return this.#ports.report({ event: 'result', path, hash, folder, run });
    }
    if (end.kind !== 'final') {
      if (end.kind === 'again') this.#again(queued, end.reason);
      else this.#revisions.ended(path, { kind: 'changed' });
      this.#watched.end(path, null, this.#revisions.known(path));
      await this.#ports.results.tidy(folder);
      await this.#save();
      if (end.kind === 'again' && run.error !== null) await this.#pause(end.reason, run.error);
      return;
    }
    const revision = { hash, outcome, folder, endedAt: this.#ports.clock.now() };
    this.#revisions.ended(path, { kind: 'final', revision });
    this.#watched.end(path, revision, this.#revisions.known(path));
    if (run.error !== null && this.#input.once) this.#errors.push(run.error);
    await this.#pauses.succeeded();
    await this.#save();
    await this.#ports.report({ event: 'result', path, hash, folder, run });
  }

  #again({ path }: Queued, reason: PauseReason): void {
    this.#revisions.ended(path, { kind: this.#pauses.triesAgain(reason) ? 'again' : 'given-up' });
  }

  async #pause(reason: PauseReason, error: BimServiceError): Promise<void> {
    if (!this.#pauses.triesAgain(reason)) this.#errors.push(error);
    await this.#pauses.begin(reason, error, this.#revisions.waiting);
  }
}

function unreadable(path: string, why: string): BimServiceError {
  return new BimServiceError('model-unreadable', `${cleanText(path)} ${why}`);
}
