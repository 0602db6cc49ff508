// A world for the loop of `watch`: folders, runs and results in memory, and a clock that moves only while the loop waits.
import type { ModelRun } from '../../../src/core/invocation/run-model.js';
import type { Look } from '../../../src/core/ports/watch.js';
import { type WatchInput, watchModels } from '../../../src/core/watch/watch-models.js';
import type { WatchState } from '../../../src/core/watch/watch-record.js';
import { BimServiceError, type ErrorCode, type Outcome } from '../../../src/errors.js';

const STOP = new BimServiceError('interrupted', 'interrupted');

export interface PlannedRun {
  code?: ErrorCode;
  outcome?: Outcome;
  status?: number;
  retryAfterSeconds?: number;
  /** How long it takes, ms; 0 by default. */
  ms?: number;
}

/** A world in which time passes only while the loop waits. */
export class World {
  now = 0;
  readonly events: string[] = [];
  readonly runs: string[] = [];
  readonly saved: string[] = [];
  readonly latest = new Map<string, string>();
  /** The labels whose `latest` was written, each time. */
  readonly pointed: string[] = [];
  readonly ends = new Map<string, Outcome>();
  readonly folders = new Set<string>();
  /** The folders that were tidied. */
  readonly tidied: string[] = [];
  readonly stop = new AbortController();
  plan: (path: string, hash: string, attempt: number) => PlannedRun = () => ({});
  token: string | null = null;
  isDiskFull = false;
  away: Look['away'] = [];
  conflicts: string[] = [];
  /** What a look waits for: a share that does not respond. */
  share: Promise<void> = Promise.resolve();
  /** True: `latest` of no model can be written. */
  isLatestFixed = false;
  /** Called when an event is reported. */
  onEvent = (_name: string): unknown => undefined;
  /** Called before a file is read. */
  beforeInspection = (_path: string): unknown => undefined;
  /** Called when a run begins, before its file is looked at. */
  beforeRun = (_path: string): unknown => undefined;
  /** The event whose report throws. */
  unreported: string | null = null;
  /** The outcome of a run that is interrupted. */
  interrupted: Outcome = 'unknown';
  mostAtOnce = 0;
  #atOnce = 0;
  #files = new Map<string, { content: string; mark: string }>();
  #writes = 0;
  #script: { at: number; act: () => void }[] = [];
  #hint = () => {};

  at(ms: number, act: () => void): this {
    this.#script.push({ at: ms, act });
    this.#script.sort((a, b) => a.at - b.at);
    return this;
  }

  write(path: string, content: string): void {
    this.#writes += 1;
    this.#files.set(path, { content, mark: `m${this.#writes}` });
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  hint(): void {
    this.#hint();
  }

  /** Of each pause: whether it was the last. */
  readonly lasts: boolean[] = [];

  async watch(input: Partial<WatchInput> = {}): Promise<BimServiceError[] | 'stopped'> {
    const state: WatchState = { service: 's', models: new Map() };
    try {
      return await watchModels(
        { state, once: false, jobs: 1, everyMs: 10_000, settleMs: 2000, always: false, ...input },
        {
          models: {
            look: async () => {
              await this.share;
              const files = [...this.#files].map(([path, { mark }]) => ({ path, still: mark, mark }));
              return {
                files: this.away.length > 0 ? [] : files,
                away: this.away,
                conflicts: this.conflicts,
              };
            },
            inspect: async (path) => {
              this.beforeInspection(path);
              const file = this.#files.get(path);
              if (file === undefined) return { kind: 'changed' };
              if (file.content === 'locked') return { kind: 'unreadable', why: 'is locked' };
              if (file.content === 'cut') return { kind: 'unfinished', why: 'is cut', mark: file.mark };
              return { kind: 'ready', hash: file.content, mark: file.mark };
            },
            markOf: async (path) => {
              this.beforeRun(path);
              return this.#files.get(path)?.mark ?? null;
            },
          },
          results: {
            saveState: async (document) => {
              if (this.isDiskFull) throw new BimServiceError('result-not-writable', 'the disk is full');
              this.saved.push(JSON.stringify(document));
            },
            endIn: async (folder) => this.ends.get(folder) ?? null,
            pointTo: async (label, folder) => {
              if (this.isLatestFixed) throw new BimServiceError('result-not-writable', 'latest is held');
              if (!this.folders.has(folder) && !this.ends.has(folder)) return false;
              this.latest.set(label, folder);
              this.pointed.push(label);
              return true;
            },
            tidy: async (folder) => {
              this.tidied.push(folder);
            },
          },
          run: async ({ path, hash }, folder, signal) => {
            this.runs.push(`${path.slice(8)} ${hash} at ${this.now}`);
            this.folders.add(folder);
            this.#atOnce += 1;
            this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
            const planned = this.plan(path, hash, this.runs.length);
            const end = this.now + (planned.ms ?? 0);
            while (this.now < end && !signal.aborted) await new Promise(setImmediate);
            this.#atOnce -= 1;
            return modelRun(
              path,
              signal.aborted ? { code: 'interrupted', outcome: this.interrupted } : planned,
            );
          },
          tokenMark: async () => this.token,
          onHint: (listener) => {
            this.#hint = listener;
          },
          report: async (event) => {
            const { event: name } = event;
            this.onEvent(name);
            if (name === this.unreported) throw new Error(`${name} cannot be reported`);
            const path = 'path' in event ? ` ${event.path.replace('/models/', '')}` : '';
            if (event.event === 'paused') this.lasts.push(event.isLast);
            const ms = event.event === 'paused' ? ` ${event.reason} ${event.ms}` : '';
            const code = event.event === 'result' && event.run.error ? ` ${event.run.error.code}` : '';
            this.events.push(`${name}${path}${ms}${code}`);
          },
          clock: { now: () => this.now, monotonic: () => this.now },
          timer: { sleep: (ms, signal) => this.#sleep(ms, signal) },
        },
        this.stop.signal,
      );
    } catch (error) {
      if (error !== STOP) throw error;
      return 'stopped';
    }
  }

  /** Time passes up to the next step of the script, or to the end of the pause. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.now + ms;
    while (this.now < until) {
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      if (signal.aborted) return;
      const next = this.#script[0];
      this.now = Math.min(until, next?.at ?? until, this.now + 500);
      if (next === undefined || next.at > this.now) continue;
      this.#script.shift();
      next.act();
    }
  }

  end(ms: number): this {
    return this.at(ms, () => this.stopNow());
  }

  stopNow(): void {
    this.stop.abort(STOP);
  }
}

function modelRun(path: string, { code, outcome, status, retryAfterSeconds }: PlannedRun): ModelRun {
  const how = outcome ?? (code === undefined ? 'done' : 'not-sent');
  return {
    record: {
      service: { id: 's', resourceUrl: 'http://127.0.0.1/s' },
      outcome: how,
      input: { path, bytes: 1, sha256: null, type: null, announcedType: null, archive: null },
      output: null,
      contextId: null,
      http: { status: status ?? null },
      flow: null,
      warnings: [],
      timing: { uploadMs: null, waitMs: null, downloadMs: null },
      error: null,
    },
    error:
      code === undefined
        ? null
        : new BimServiceError(code, code, {
            outcome: how,
            ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
          }),
    receipt: null,
    isPartlySent: false,
  };
}
