// One run at a worker, from its claim to the acknowledgment: meanwhile its front end and the stream hear of it.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { orAborted } from '../../abort.js';
import { messageOf } from '../../errors.js';
import { linkSignals } from '../runs/linked-signals.js';
import { ReceivedModel } from '../runs/received-model.js';
import type { Perform, RunFolder } from '../runs/run-queue.js';
import type { WorkFolders } from '../runs/work-folders.js';
import { type Progress, ServiceError, type ServiceResult } from '../service/served-service.js';
import { StoreError } from '../store/port.js';
import type { FrontLine } from './front-line.js';
import { recordDead } from './job-streams.js';
import type { Link } from './link.js';
import type { Delivery } from './pull.js';
import type { JobFiles, RunFiles } from './run-files.js';
import type { SharedFiles } from './shared-files.js';
import type { Job, Order, ResultWords, Timings, ToFront } from './wire.js';

/** Progress is for the eye: one in this time, ms. */
const PROGRESS_MS = 100;
/** A run that this worker cannot do now is given to another one after this, ms. */
const PAUSE_MS = 1000;

export interface RunTools {
  readonly link: Link;
  readonly line: FrontLine;
  readonly files: RunFiles;
  readonly shared: SharedFiles | undefined;
  /** False for a run whose files are in a shared folder that is not seen here. */
  readonly isFit: (job: Job) => Promise<boolean>;
  readonly folders: WorkFolders;
  readonly perform: Perform;
  readonly timings: Timings;
  /** Aborted when the worker stops at once. */
  readonly stopping: AbortSignal;
  /** Called when only the front end must still get the result. */
  readonly worked: () => void;
}

/** How a run ended here; `words` say why it failed. */
export interface JobEnd {
  readonly outcome: 'done' | 'failed' | 'stopped' | 'released' | 'left' | 'abandoned';
  readonly words: string;
}

/** Another worker has it. */
const YIELD = new Error('Another worker has this run');
const STOP = new Error('No one waits for this run');
const GONE = new Error('The front end of this run is gone');

export class WorkerRun {
  readonly #stop = new AbortController();
  #message: Delivery;

  constructor(
    readonly job: Job,
    private readonly model: Uint8Array,
    message: Delivery,
    private readonly tools: RunTools,
  ) {
    this.#message = message;
  }

  /** NATS has delivered again what is still running here. */
  adopt(message: Delivery): void {
    this.#message = message;
    message.working();
  }

  stop(): void {
    this.#stop.abort(STOP);
  }

  /** Never rejects. */
  async work(): Promise<JobEnd> {
    const { line, timings, isFit } = this.tools;
    const canDo = await isFit(this.job);
    const isFirst = canDo && this.job.first && this.#message.isFirst;
    const left = isFirst ? null : await this.#claim(canDo);
    if (left !== null) return left;
    const beat = setInterval(() => void this.#beat(), timings.beat);
    try {
      // No one else has it, so it begins at once. Where that is wrong, there is a response; it keeps nothing of this run.
      const stop = this.#stop;
      if (isFirst) void line.ask(this.job.front, this.#say('began')).then((order) => obey(stop, order));
      return await this.#work();
    } finally {
      clearInterval(beat);
    }
  }

  /** Null: this worker may begin. */
  async #claim(canDo: boolean): Promise<JobEnd | null> {
    const { line, timings, stopping } = this.tools;
    const order = await line.ask(this.job.front, this.#say(canDo ? 'claim' : 'ping'));
    if (order === 'drop') {
      this.#message.ack();
      return { outcome: 'left', words: 'no one waits for it' };
    }
    if (order === 'gone') return this.#abandon();
    if (!canDo) {
      this.#message.nak(PAUSE_MS);
      // Otherwise it would take one waiting run after another from those that can do them.
      await sleep(PAUSE_MS, undefined, { signal: stopping }).catch(() => {});
      return { outcome: 'left', words: 'its shared folder is not seen here' };
    }
    if (order === 'run') return null;
    // Another worker has it, or its front end is away for a moment.
    this.#message.nak(Math.min(PAUSE_MS, timings.beat));
    return { outcome: 'left', words: 'another worker has it' };
  }

  async #work(): Promise<JobEnd> {
    using stop = linkSignals([this.#stop.signal, this.tools.stopping]);
    try {
      return await this.#run(stop.signal);
    } catch (caught) {
      // Node wraps the reason in an error of its own.
      const error: unknown = stop.signal.aborted ? stop.signal.reason : caught;
      if (error === YIELD) return { outcome: 'stopped', words: YIELD.message };
      if (error === GONE) return this.#abandon();
      if (error === STOP) {
        await this.tools.line.ask(this.job.front, this.#say('ended'));
        this.#message.ack();
        return { outcome: 'stopped', words: STOP.message };
      }
      const words = this.tools.stopping.aborted ? 'it is stopping' : messageOf(error);
      await this.tools.line.ask(this.job.front, { ...this.#say('released'), words });
      this.#message.nak(this.tools.stopping.aborted ? 0 : PAUSE_MS);
      return { outcome: 'released', words };
    }
  }

  /** Rejects with one of the reasons above, or with what makes this worker unable to do the run. */
  async #run(signal: AbortSignal): Promise<JobEnd> {
    const { id, front, modelName, inline, ticket, service: serviceId, inputType } = this.job;
    const { folders, perform } = this.tools;
    const files = this.#way();
    await using folder = folders.create(id);
    const model = inline
      ? ReceivedModel.inMemory(this.model, modelName, () => folder.path)
      : ReceivedModel.inFile(join(folder.path, modelName), this.job.bytes);
    if (!inline) await files.get(front, id, 'model', { ticket, path: model.file() }, signal);
    using progress = this.#progress();
    const run = { id, serviceId, inputType, model, folder, progress: progress.report };
    let result: ServiceResult;
    try {
      result = await perform(run, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Another worker may have room for the model.
      if (error instanceof StoreError) throw error;
      const words = messageOf(error);
      const code = error instanceof ServiceError ? error.code : null;
      await this.#deliver({ ...this.#say('failed'), words, code }, undefined, signal);
      return { outcome: 'failed', words };
    }
    await this.#deliverResult(result, folder, signal);
    return { outcome: 'done', words: result.outputType };
  }

  async #deliverResult(
    { body, ...words }: ServiceResult,
    folder: RunFolder,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, front } = this.job;
    const files = this.#way();
    const bytes = 'path' in body ? body.bytes : body.byteLength;
    const inline = this.tools.files.isInline(bytes);
    const done = (ticket: string): Omit<ToFront, 'worker'> => {
      const result: ResultWords = { ...words, bytes, inline, ticket };
      return { ...this.#say('done'), result };
    };
    if (inline) return this.#deliver(done(''), 'path' in body ? readFileSync(body.path) : body, signal);
    const path = 'path' in body ? body.path : join(folder.path, '.result');
    if (!('path' in body)) await writeFile(path, body, { mode: 0o600 });
    try {
      const ticket = await files.put(front, id, 'result', path, signal);
      await this.#deliver(done(ticket), undefined, signal);
    } catch (error) {
      // Where the run goes on, its front end removes everything at the end: another worker may have its result there.
      if (signal.reason === STOP) await files.remove(front, id).catch(() => {});
      throw error;
    }
  }

  /** Until the front end has it. Then the run leaves the stream. */
  async #deliver(
    message: Omit<ToFront, 'worker'>,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const asked = this.tools.line.ask(this.job.front, message, bytes);
      this.tools.worked();
      const order = await orAborted(asked, signal);
      if (order === 'ok') return this.#message.ack();
      obey(this.#stop, order);
      await sleep(this.tools.timings.beat / 4, undefined, { signal }).catch(() => {});
    }
  }

  async #beat(): Promise<void> {
    this.#message.working();
    obey(this.#stop, await this.tools.line.ask(this.job.front, this.#say('beat')));
  }

  /** Its sender was cut off with the front end: no one can get the result. */
  async #abandon(): Promise<JobEnd> {
    const { link, files, shared } = this.tools;
    const { id, front, inline, shared: isShared } = this.job;
    const words = 'The front end that took it is gone';
    try {
      await recordDead(link, this.job, words);
      if (!inline && !isShared) await files.remove(front, id);
      this.#message.ack();
    } catch {
      // It is delivered again, to this or another worker.
      this.#message.nak(PAUSE_MS);
    }
    // What is left in a folder that this worker cannot write is removed by the next sweep of another one.
    await shared?.remove(front, id).catch(() => {});
    await shared?.leave(front);
    return { outcome: 'abandoned', words };
  }

  /** Throws when it is the shared folder, and this worker has none. */
  #way(): JobFiles {
    if (!this.job.shared) return this.tools.files;
    if (this.tools.shared !== undefined) return this.tools.shared;
    throw new Error('this worker was started without --shared-folder');
  }

  #say(say: ToFront['say']): Omit<ToFront, 'worker'> {
    return { say, job: this.job.id };
  }

  /** The latest progress, not too often. */
  #progress(): Disposable & { readonly report: (progress: Progress) => void } {
    const { line } = this.tools;
    let latest: Progress | undefined;
    let timer: NodeJS.Timeout | undefined;
    const send = (): void => {
      timer = undefined;
      if (latest === undefined) return;
      const { percent, label: words } = latest;
      latest = undefined;
      line.mention(this.job.front, { ...this.#say('progress'), percent, words });
      timer = setTimeout(send, PROGRESS_MS);
    };
    return {
      report: (progress) => {
        latest = progress;
        if (timer === undefined) send();
      },
      [Symbol.dispose]: () => clearTimeout(timer),
    };
  }
}

function obey(stop: AbortController, order: Order | 'gone' | 'silent'): void {
  if (order === 'stop' || order === 'drop') stop.abort(STOP);
  if (order === 'yield') stop.abort(YIELD);
  if (order === 'gone') stop.abort(GONE);
}
