// The queue of a front end: its runs go through a stream of NATS to workers on any machine, and their results come back.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { orAborted } from '../../abort.js';
import { inTime } from '../../deadline.js';
import { messageOf } from '../../errors.js';
import { linkSignals } from '../runs/linked-signals.js';
import { Places } from '../runs/places.js';
import type { Place, QueueCounts, QueuedRun, RunQueue } from '../runs/run-queue.js';
import {
  type LoggedEvent,
  type ServedService,
  ServiceError,
  type ServiceResult,
} from '../service/served-service.js';
import { FrontJob, type Outcome } from './front-job.js';
import { FrontSender } from './front-sender.js';
import { FrontWatch } from './front-watch.js';
import { countDead, ensureStreams, recordDead } from './job-streams.js';
import type { Link } from './link.js';
import { apiCode } from './nats-error.js';
import { isFrontAlive, WorkerFinder } from './presence.js';
import { type JobFiles, RunFiles } from './run-files.js';
import type { SharedFiles } from './shared-files.js';
import { Names, type Order, readToFront, type Timings, type ToFront } from './wire.js';

export interface NatsQueueOptions {
  readonly link: Link;
  /** The number of places for active and waiting runs of this front end. */
  readonly limit: number;
  /** How many workers may begin a run; after that it is given up. */
  readonly attempts: number;
  readonly timings: Timings;
  /** For large models and results; by default they go through NATS. */
  readonly shared?: SharedFiles | undefined;
  readonly log: (event: LoggedEvent) => void;
}

/** How long a worker may take to stop a run, ms. */
const STOP_MS = 8000;
/** PROTOCOL 1.6: the code of an error that is not the model's. */
const FAILED = 500;

/** Rejects with NatsError. The link stays the caller's. */
export async function openNatsQueue(options: NatsQueueOptions): Promise<RunQueue> {
  const { link, shared } = options;
  await ensureStreams(link);
  const parts = { id: randomUUID(), files: new RunFiles(link), givenUp: await countDead(link) };
  await shared?.join(parts.id);
  return new NatsQueue(options, parts);
}

interface QueueParts {
  /** The name of this front end for workers. */
  readonly id: string;
  readonly files: RunFiles;
  /** How many runs were given up before. */
  readonly givenUp: number;
}

class NatsQueue implements RunQueue {
  readonly #id: string;
  readonly #files: RunFiles;
  /** How large models and results travel. */
  readonly #way: JobFiles;
  readonly #names: Names;
  readonly #places: Places;
  readonly #jobs = new Map<string, FrontJob>();
  /** Runs that a worker must stop. */
  readonly #ending = new Map<string, () => void>();
  readonly #workers: WorkerFinder;
  /** Of all front ends, as of the last look. */
  #givenUp: number;
  readonly #saidUnfit = new Set<string>();
  readonly #closing = new AbortController();
  readonly #sender: FrontSender;
  readonly #subscription: Subscription;
  readonly #timers: NodeJS.Timeout[];

  constructor(
    private readonly options: NatsQueueOptions,
    { id, files, givenUp }: QueueParts,
  ) {
    this.#id = id;
    this.#files = files;
    this.#givenUp = givenUp;
    const { link, limit, timings, shared } = options;
    this.#names = new Names(link.name);
    this.#places = new Places(limit);
    this.#subscription = link.nc.subscribe(this.#names.front(this.#id), {
      callback: (error, message) => {
        if (error === null) this.#respond(message);
      },
    });
    this.#way = shared ?? files;
    this.#sender = new FrontSender({ link, front: id, files, shared });
    const front = shared === undefined ? null : id;
    this.#workers = new WorkerFinder({ link, front, onUnfit: (words) => this.#unfit(words) });
    const watch = new FrontWatch({
      link,
      timings,
      jobs: this.#jobs,
      workers: this.#workers,
      giveUp: (job, reason) => this.#giveUp(job, reason),
      sendAgain: (job) => this.#sender.sendAgain(job, this.#closing.signal),
    });
    this.#timers = [
      setInterval(() => {
        watch.look().catch((error: unknown) => this.#trouble(error));
        // Another process removes the folder of a front end that it does not reach for a while.
        shared?.join(id).catch(() => {});
      }, timings.beat),
      setInterval(() => void this.#sweep().catch(() => {}), timings.sweep),
    ];
  }

  get counts(): QueueCounts {
    let running = 0;
    for (const { worker } of this.#jobs.values()) if (worker !== null) running += 1;
    return { waiting: this.#places.taken - running, running, givenUp: this.#givenUp };
  }

  async reserve({ id }: ServedService): Promise<Place | 'full' | 'stopping' | 'no-worker'> {
    const release = this.#places.take();
    if (typeof release === 'string') return release;
    let isKept = false;
    try {
      if (!(await this.#workers.find(id))) return 'no-worker';
      isKept = true;
      return { perform: (run, signal) => this.#perform(run, signal), release };
    } finally {
      if (!isKept) release();
    }
  }

  drain(): Promise<void> {
    return this.#places.drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('The provider is stopping'));
    await this.drain();
    for (const timer of this.#timers) clearInterval(timer);
    this.#subscription.unsubscribe();
    await this.options.shared?.leave(this.#id);
  }

  async #perform(run: QueuedRun, signal: AbortSignal): Promise<ServiceResult> {
    using stop = linkSignals([signal, this.#closing.signal]);
    stop.signal.throwIfAborted();
    const job = new FrontJob(run, Date.now());
    this.#jobs.set(run.id, job);
    const turn = this.#sender.takeTurn();
    let hasFiles = true;
    try {
      await this.#sender.send(job, turn, stop.signal);
      const outcome = await orAborted(job.outcome, stop.signal);
      hasFiles = !this.#files.isInline(run.model.bytes) || !outcome.result.inline || job.begun > 1;
      return await this.#takeResult(job, outcome, stop.signal);
    } finally {
      turn.end();
      await this.#forget(job, hasFiles);
      this.#jobs.delete(run.id);
    }
  }

  async #takeResult(job: FrontJob, { result, bytes }: Outcome, signal: AbortSignal): Promise<ServiceResult> {
    const { fileName, contentType, outputType, title } = result;
    const words = { fileName, contentType, outputType, title };
    if (result.inline) return { ...words, body: Buffer.from(bytes) };
    const path = join(job.run.folder.path, 'result');
    await this.#way.get(this.#id, job.run.id, 'result', { ticket: result.ticket, path }, signal);
    return { ...words, body: { path, bytes: result.bytes } };
  }

  /** Nothing of a run stays on NATS. What cannot be removed now is removed by the next sweep. */
  async #forget(job: FrontJob, hasFiles: boolean): Promise<void> {
    const { worker, sequence, isOver } = job;
    const { id } = job.run;
    job.isOver = true;
    const { nc, jsm } = this.options.link;
    if (worker !== null) {
      const ended = new Promise<void>((resolve) => this.#ending.set(id, resolve));
      nc.publish(this.#names.worker(worker), id);
      await inTime(ended, STOP_MS);
      this.#ending.delete(id);
    } else if (!isOver && sequence !== null) {
      await jsm.streams.deleteMessage(this.#names.jobsStream, sequence, false).catch(() => {});
    }
    if (hasFiles) await this.#way.remove(this.#id, id).catch(() => {});
  }

  #respond(message: Msg): void {
    const read = readToFront(message.data);
    if (read === undefined) return;
    const order = this.#order(read.message, read.bytes);
    if (order !== null) message.respond(order);
  }

  /** Null: no response is needed. */
  #order(message: ToFront, bytes: Uint8Array): Order | null {
    const { say, worker } = message;
    if (say === 'ping') return 'ok';
    if (say === 'ended') {
      this.#ending.get(message.job)?.();
      return 'ok';
    }
    const job = this.#jobs.get(message.job);
    if (job === undefined || job.isOver) return this.#late(message, job);
    if (say === 'claim') return this.#claim(job, worker);
    if (!job.isWith(worker)) return 'yield';
    job.heard();
    if (say === 'began') return null;
    return this.#follow(job, message, bytes);
  }

  /** A worker speaks of a run that has an outcome, or that no one waits for. */
  #late({ say, job, worker }: ToFront, known: FrontJob | undefined): Order {
    if (say === 'claim') return 'drop';
    if (say === 'done')
      this.#repeated(job, known?.run.serviceId ?? '', `worker ${worker} has finished it too late`);
    return 'stop';
  }

  #claim(job: FrontJob, worker: string): Order {
    const { attempts, timings } = this.options;
    const { id, serviceId } = job.run;
    if (job.worker === worker) return 'run';
    if (job.worker !== null && job.silentFor < timings.lease) return 'wait';
    if (job.worker !== null) job.release(false);
    if (job.begun >= attempts) {
      const times = attempts === 1 ? 'once' : `${attempts} times`;
      this.#giveUp(job, `The run was begun ${times}, and no worker finished it`);
      return 'drop';
    }
    if (job.begun > 0) this.#repeated(id, serviceId, `worker ${worker} begins it again`);
    job.begin(worker);
    return 'run';
  }

  #follow(job: FrontJob, message: ToFront, bytes: Uint8Array): Order {
    const { words = '', code = null, percent = null, result } = message;
    switch (message.say) {
      case 'progress':
        job.run.progress({ percent, label: words });
        return 'go';
      case 'released':
        this.#repeated(job.run.id, job.run.serviceId, `worker ${message.worker} cannot finish it: ${words}`);
        job.trouble = words;
        job.release(true);
        return 'ok';
      case 'failed':
        job.fail(code === null ? new Error(words) : new ServiceError(code, words));
        return 'ok';
      case 'done':
        if (result === undefined) return 'go';
        // The buffer belongs to the connection.
        job.finish({ result, bytes: Uint8Array.from(bytes) });
        return 'ok';
      default:
        return 'go';
    }
  }

  #repeated(requestId: string, service: string, reason: string): void {
    this.options.log({ event: 'run-repeated', service, reason, requestId });
  }

  /** A worker that does not see the shared folder of this front end. It is asked once in a second. */
  #unfit(words: string): void {
    const { shared } = this.options;
    if (shared === undefined || this.#saidUnfit.has(words)) return;
    this.#saidUnfit.add(words);
    const own = `This front end on ${hostname()} uses the shared folder ${shared.folder}`;
    this.options.log({ event: 'trouble', reason: `${own}; ${words}. That worker gets none of its runs` });
  }

  #trouble(error: unknown): void {
    this.options.log({ event: 'trouble', reason: messageOf(error) });
  }

  #giveUp(job: FrontJob, reason: string): void {
    const { id, serviceId: service, inputType, model } = job.run;
    const { queuedAt, sequence } = job;
    job.fail(new ServiceError(FAILED, reason));
    const record = async (): Promise<void> => {
      const { link } = this.options;
      const words = job.begun === 0 ? reason : `${reason}: ${job.trouble}`;
      this.#givenUp += 1;
      await recordDead(link, { id, service, inputType, bytes: model.bytes, queuedAt }, words);
      if (sequence !== null) await link.jsm.streams.deleteMessage(this.#names.jobsStream, sequence, false);
    };
    record().catch((error: unknown) => {
      if (apiCode(error) === 0) this.#trouble(error);
    });
  }

  async #sweep(): Promise<void> {
    const { link } = this.options;
    if (!link.isUp) return;
    this.#givenUp = await countDead(link);
    const isAlive = (front: string): Promise<boolean> => isFrontAlive(link, front);
    // A worker that was silent until the end of a run may have left its result and crashed.
    const isOver = (front: string, job: string): boolean => front === this.#id && !this.#jobs.has(job);
    await this.#files.sweep(isAlive, isOver);
    await this.options.shared?.sweep(isAlive, isOver);
  }
}
