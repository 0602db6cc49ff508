// Looks after the runs of a front end: for workers that are gone, for messages that are gone, for services without a worker.

import type { FrontJob } from './front-job.js';
import type { Link } from './link.js';
import type { WorkerFinder } from './presence.js';
import { Names, type Timings } from './wire.js';

/** A waiting run is looked for in the stream this often, ms. */
const CHECK_MS = 30_000;

export interface Watched {
  readonly link: Link;
  readonly timings: Timings;
  readonly jobs: ReadonlyMap<string, FrontJob>;
  readonly workers: WorkerFinder;
  giveUp(job: FrontJob, reason: string): void;
  sendAgain(job: FrontJob): Promise<void>;
}

export class FrontWatch {
  /** Since when a service has no worker, on the monotonic clock. */
  readonly #missing = new Map<string, number>();

  constructor(private readonly watched: Watched) {}

  /** Rejects with StoreError or NatsError. */
  async look(): Promise<void> {
    const { link, timings, jobs } = this.watched;
    const now = performance.now();
    for (const job of jobs.values()) {
      // Without a connection no worker can be heard.
      if (!link.isUp) job.heard();
      else if (job.silentFor > timings.lease) job.release(false);
    }
    if (!link.isUp) return;
    const services = new Set(this.#waiting().map(({ run }) => run.serviceId));
    for (const service of [...this.#missing.keys()])
      if (!services.has(service)) this.#missing.delete(service);
    for (const service of services) await this.#lookForWorker(service, now);
    for (const job of this.#waiting()) {
      if (now - Math.max(job.waitingSince, job.checkedAt) > CHECK_MS) await this.#lookForMessage(job);
    }
  }

  /** Runs in the stream that no worker has. */
  #waiting(): FrontJob[] {
    return [...this.watched.jobs.values()].filter(isWaiting);
  }

  async #lookForWorker(service: string, now: number): Promise<void> {
    if (await this.watched.workers.has(service)) {
      this.#missing.delete(service);
      return;
    }
    const since = this.#missing.get(service) ?? now;
    this.#missing.set(service, since);
    if (now - since < this.watched.timings.noWorker) return;
    for (const job of this.#waiting()) {
      if (job.run.serviceId === service) {
        this.watched.giveUp(job, 'No worker that can do this service is left');
      }
    }
  }

  /** A stream that was lost with its node or purged by an operator no longer has the run: it is sent again. */
  async #lookForMessage(job: FrontJob): Promise<void> {
    const { link, jobs } = this.watched;
    const { sequence: seq } = job;
    if (seq === null) return;
    job.checkedAt = performance.now();
    const { jobsStream } = new Names(link.name);
    const found = await link.ask(() => link.jsm.streams.getMessage(jobsStream, { seq }));
    if (found === null && isWaiting(job) && jobs.get(job.run.id) === job) await this.watched.sendAgain(job);
  }
}

function isWaiting({ worker, sequence, isOver }: FrontJob): boolean {
  return worker === null && sequence !== null && !isOver;
}
