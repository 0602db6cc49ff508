// A worker: takes runs of its services from the stream, as many at once as each service allows, and does them.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Subscription } from '@nats-io/transport-node';
import type { Perform } from '../runs/run-queue.js';
import type { WorkFolders } from '../runs/work-folders.js';
import type { LoggedEvent, ServedService } from '../service/served-service.js';
import { FrontLine } from './front-line.js';
import { ensureConsumer, ensureStreams } from './job-streams.js';
import type { Link } from './link.js';
import { isFrontAlive } from './presence.js';
import type { Delivery } from './pull.js';
import { RunFiles } from './run-files.js';
import type { SharedFiles } from './shared-files.js';
import { type Job, Names, readJob, type Timings } from './wire.js';
import { Lane } from './worker-lane.js';
import { WorkerRun } from './worker-run.js';

export interface WorkerOptions {
  readonly link: Link;
  readonly services: readonly ServedService[];
  readonly perform: Perform;
  readonly folders: WorkFolders;
  readonly timings: Timings;
  /** The folder that front ends with the same option use for large models and results. */
  readonly shared?: SharedFiles | undefined;
  readonly log: (event: LoggedEvent) => void;
}

export interface Worker extends AsyncDisposable {
  readonly id: string;
  /**
   * Takes runs of these services from now on; those that have begun are finished. Rejects with NatsError; then some services may not
   * have changed.
   */
  setServices(services: readonly ServedService[]): Promise<void>;
  /** Takes no more runs, and resolves when those that have begun are finished and delivered. */
  drain(): Promise<void>;
}

/** Rejects with NatsError. Disposing it stops active runs and gives them to other workers. The link stays the caller's. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  await ensureStreams(options.link);
  const worker = new StreamWorker(options, new RunFiles(options.link));
  try {
    await worker.setServices(options.services);
    return worker;
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}

class StreamWorker implements Worker {
  readonly id = randomUUID();
  readonly #runs = new Map<string, WorkerRun>();
  readonly #stopping = new AbortController();
  /** By the id of the service. */
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that take no more runs and finish those that they have. */
  readonly #ending = new Set<Promise<void>>();
  /** Front ends whose shared folder this worker did not see. */
  readonly #unfit = new Set<string>();
  #draining = false;
  readonly #orders: Subscription;
  readonly #sweeping: NodeJS.Timeout;
  readonly #line: FrontLine;

  constructor(
    private readonly options: WorkerOptions,
    private readonly files: RunFiles,
  ) {
    const { link, timings } = options;
    this.#line = new FrontLine(link, this.id, timings.grace);
    this.#orders = link.nc.subscribe(new Names(link.name).worker(this.id), {
      callback: (error, message) => {
        if (error === null) this.#runs.get(message.string())?.stop();
      },
    });
    this.#sweeping = setInterval(() => {
      if (!link.isUp) return;
      files.sweep((front) => isFrontAlive(link, front)).catch(() => {});
      options.shared?.sweep((front) => isFrontAlive(link, front)).catch(() => {});
    }, timings.sweep);
  }

  async setServices(services: readonly ServedService[]): Promise<void> {
    for (const { id, concurrency = 1 } of services) {
      const lane = this.#lanes.get(id) ?? (await this.#openLane(id));
      if (!this.#draining) lane.setConcurrency(concurrency);
    }
    const known = new Set(services.map(({ id }) => id));
    for (const id of this.#lanes.keys()) if (!known.has(id)) this.#endLane(id);
    // Until NATS has the subscriptions, front ends do not find this worker.
    await this.options.link.ask(() => this.options.link.nc.flush());
  }

  async drain(): Promise<void> {
    this.#draining = true;
    for (const id of this.#lanes.keys()) this.#endLane(id);
    await Promise.all(this.#ending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('The worker is stopping'));
    await this.drain();
    clearInterval(this.#sweeping);
    this.#orders.unsubscribe();
    this.#line[Symbol.dispose]();
    // What was acknowledged last must arrive.
    if (this.options.link.isUp) await this.options.link.nc.flush().catch(() => {});
  }

  async #openLane(serviceId: string): Promise<Lane> {
    const { link, timings, log } = this.options;
    const consumer = await ensureConsumer(link, serviceId, timings);
    const take = (message: Delivery, worked: () => void) => this.#take(message, worked);
    const unfitFor = (front: string) => this.#unfitFor(front);
    const lane = new Lane({ link, serviceId, consumer, take, unfitFor, log });
    this.#lanes.set(serviceId, lane);
    if (this.#draining) this.#endLane(serviceId);
    return lane;
  }

  #endLane(serviceId: string): void {
    const ended = this.#lanes.get(serviceId)?.drain();
    this.#lanes.delete(serviceId);
    if (ended === undefined) return;
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }

  /** Said once for a front end. The folder is looked at each time: it may be mounted later, or no longer. */
  async #unfitFor(front: string): Promise<string | null> {
    const { shared, log } = this.options;
    if (await shared?.sees(front)) return null;
    const worker = `the worker ${this.id} on ${hostname()}`;
    const words =
      shared === undefined
        ? `${worker} was started without --shared-folder`
        : `${worker} does not see that folder: its --shared-folder is ${shared.folder}`;
    if (!this.#unfit.has(front)) {
      log({ event: 'trouble', reason: `Front end ${front} uses a shared folder, and ${words}` });
      this.#unfit.add(front);
    }
    return words;
  }

  async #take(message: Delivery, worked: () => void): Promise<void> {
    const { link, shared, folders, perform, timings, log } = this.options;
    const read = readJob(message.data);
    if (read === undefined) {
      log({ event: 'trouble', reason: `a message on ${message.subject} is no run; it was left out` });
      message.ack();
      return;
    }
    const { job, bytes } = read;
    const known = this.#runs.get(job.id);
    if (known !== undefined) return known.adopt(message);
    const stopping = this.#stopping.signal;
    const { files } = this;
    const isFit = async ({ shared, front }: Job) => !shared || (await this.#unfitFor(front)) === null;
    const tools = {
      link,
      line: this.#line,
      files,
      shared,
      isFit,
      folders,
      perform,
      timings,
      stopping,
      worked,
    };
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
