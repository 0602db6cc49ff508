// A worker: takes jobs of its services from the stream, as many at once as each service allows, and does them.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { Subscription } from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import type { Perform } from '../runs/run-queue.js';
import type { WorkFolders } from '../runs/work-folders.js';
import type { LoggedEvent, ServedService } from '../service/served-service.js';
import { FrontLine } from './front-line.js';
import { ensureConsumer, ensureStreams } from './job-streams.js';
import type { Link } from './link.js';
import { isFrontAlive } from './presence.js';
import { RunFiles } from './run-files.js';
import { Names, readJob, type Timings } from './wire.js';
import { WorkerRun } from './worker-run.js';

export interface WorkerOptions {
  readonly link: Link;
  readonly services: readonly ServedService[];
  readonly perform: Perform;
  readonly folders: WorkFolders;
  readonly timings: Timings;
  readonly log: (event: LoggedEvent) => void;
}

export interface Worker extends AsyncDisposable {
  readonly id: string;
  /** Takes no more jobs, and resolves when those that run are finished and delivered. */
  drain(): Promise<void>;
}

/** A request for a job stays open this long, ms. */
const PULL_MS = 5000;
/** After a failure of NATS the next request waits, ms. */
const PAUSE_MS = 500;

/** Rejects with NatsError. Disposing it stops active jobs and gives them to other workers. The link stays the caller's. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { link, services, timings } = options;
  await ensureStreams(link);
  const files = await RunFiles.open(link);
  const { jobsStream } = new Names(link.name);
  const consumers: Array<[ServedService, Consumer]> = [];
  for (const service of services) {
    const name = await ensureConsumer(link, service.id, timings);
    consumers.push([service, await link.ask(() => link.js.consumers.get(jobsStream, name))]);
  }
  return new StreamWorker(options, files, consumers);
}

class StreamWorker implements Worker {
  readonly id = randomUUID();
  readonly #runs = new Map<string, WorkerRun>();
  readonly #stopping = new AbortController();
  readonly #announced: Subscription[];
  readonly #orders: Subscription;
  readonly #pulls: ReadonlyArray<Promise<void>>;
  readonly #sweeping: NodeJS.Timeout;
  readonly #line: FrontLine;
  #draining = false;
  /** Resolves when the worker begins to drain. */
  readonly #drained: Promise<void>;
  #beginDrain: () => void = () => {};

  constructor(
    private readonly options: WorkerOptions,
    private readonly files: RunFiles,
    consumers: ReadonlyArray<readonly [ServedService, Consumer]>,
  ) {
    const { link, timings } = options;
    const names = new Names(link.name);
    this.#line = new FrontLine(link, this.id, timings.grace);
    this.#drained = new Promise((resolve) => {
      this.#beginDrain = resolve;
    });
    this.#announced = consumers.map(([{ id }]) =>
      link.nc.subscribe(names.can(id), {
        queue: 'workers',
        callback: (error, message) => void (error === null && message.respond()),
      }),
    );
    this.#orders = link.nc.subscribe(names.worker(this.id), {
      callback: (error, message) => {
        if (error === null) this.#runs.get(message.string())?.stop();
      },
    });
    this.#pulls = consumers.flatMap(([{ concurrency = 1 }, consumer]) =>
      Array.from({ length: concurrency }, () => this.#pull(consumer)),
    );
    this.#sweeping = setInterval(() => {
      if (link.isUp) files.sweep((front) => isFrontAlive(link, front)).catch(() => {});
    }, timings.sweep);
  }

  async drain(): Promise<void> {
    this.#draining = true;
    // Front ends see at once that this worker takes nothing more.
    for (const subscription of this.#announced) subscription.unsubscribe();
    this.#beginDrain();
    await Promise.all(this.#pulls);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('The worker is stopping'));
    await this.drain();
    clearInterval(this.#sweeping);
    this.#orders.unsubscribe();
    // What was acknowledged last must arrive.
    if (this.options.link.isUp) await this.options.link.nc.flush().catch(() => {});
  }

  async #pull(consumer: Consumer): Promise<void> {
    while (!this.#draining) {
      try {
        const asked = consumer.next({ expires: PULL_MS });
        const message = await Promise.race([asked, this.#drained]);
        if (message) await this.#take(message);
        // A job that still comes to this request is for another worker.
        else if (this.#draining)
          void asked.then(
            (late) => late?.nak(),
            () => {},
          );
      } catch (error) {
        if (!this.#draining) this.options.log({ event: 'trouble', reason: messageOf(error) });
        await Promise.race([sleep(PAUSE_MS), this.#drained]);
      }
    }
  }

  async #take(message: JsMsg): Promise<void> {
    const { link, folders, perform, timings, log } = this.options;
    const read = readJob(message.data);
    if (read === undefined) {
      log({ event: 'trouble', reason: `message ${message.seq} is no job; it was left out` });
      message.ack();
      return;
    }
    const { job, bytes } = read;
    const known = this.#runs.get(job.id);
    if (known !== undefined) return known.adopt(message);
    const stopping = this.#stopping.signal;
    const tools = { link, line: this.#line, files: this.files, folders, perform, timings, stopping };
    const run = new WorkerRun(job, bytes, message, tools);
    this.#runs.set(job.id, run);
    const began = performance.now();
    try {
      const end = await run.work();
      const ms = Math.round(performance.now() - began);
      const { id: requestId, service } = job;
      if (end.outcome !== 'left') log({ event: 'job', service, ms, bytes: job.bytes, ...end, requestId });
    } finally {
      this.#runs.delete(job.id);
    }
  }
}
