// Looks after the runs of a front end: for workers that are gone, for messages that are gone, for services without a worker.

import type { FrontJob } from './front-job.js';
import type { Link } from './link.js';
import type { WorkerFinder } from './presence.js';
import { Names, type Timings } from './wire.js';

export interface Watched {
  readonly link: Link;
  readonly timings: Timings;
  readonly jobs: ReadonlyMap<string, FrontJob>;
  readonly workers: WorkerFinder;
  giveUp(job: FrontJob, reason: string): void;
  sendAgain(job: FrontJob): Promise<void>;
}

export class FrontWatch {
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
    for (const service of new Set(this.#waiting().map(({ run }) => run.serviceId))) {
      await this.#lookForWorker(service);
    }
    for (const job of this.#waiting()) {
      if (now - Math.max(job.waitingSince, job.checkedAt) > timings.check) await this.#lookForMessage(job);
    }
  }

  /** Runs in the stream that no worker has. */
  #waiting(): FrontJob[] {
    return [...this.watched.jobs.values()].filter(isWaiting);
  }

  async #lookForWorker(service: string): Promise<void> {
    const { workers, timings } = this.watched;
    if ((await workers.has(service)) || workers.missingFor(service) < timings.noWorker) return;
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

function isWaiting({ worker, sequence, begun, isOver }: FrontJob): boolean {
  return worker === null && (sequence !== null || begun > 0) && !isOver;
}
