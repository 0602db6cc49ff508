// One service at a worker: its requests for runs, as many at once as the service allows.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import type { LoggedEvent } from '../service/served-service.js';
import type { Link } from './link.js';
import { type Delivery, Pull } from './pull.js';
import { Names } from './wire.js';

/** After a failure of NATS the next request waits, ms. */
const PAUSE_MS = 500;

export interface LaneOptions {
  readonly link: Link;
  readonly serviceId: string;
  /** The name of the consumer of its runs. */
  readonly consumer: string;
  /** Does the run of a message. Calls `worked` when only its front end must still get the result. Resolves when the run has ended here. */
  readonly take: (message: Delivery, worked: () => void) => Promise<void>;
  /** Why this worker cannot do the runs of a front end that has a shared folder; null when it can. */
  readonly unfitFor: (front: string) => Promise<string | null>;
  readonly log: (event: LoggedEvent) => void;
}

export class Lane {
  readonly #announced: Subscription;
  readonly #pullers: Puller[] = [];
  /** The pullers that were stopped, with the runs that they finish. */
  readonly #ending = new Set<Promise<void>>();

  constructor(private readonly options: LaneOptions) {
    const { link, serviceId } = options;
    this.#announced = link.nc.subscribe(new Names(link.name).can(serviceId), {
      callback: (error, message) => {
        if (error === null) void this.#announce(message);
      },
    });
  }

  async #announce(message: Msg): Promise<void> {
    const front = message.string();
    message.respond(front === '' ? '' : ((await this.options.unfitFor(front)) ?? ''));
  }

  /** From now on takes at most this many runs at once. Those that have begun are finished. */
  setConcurrency(most: number): void {
    while (this.#pullers.length < most) this.#pullers.push(new Puller(this.options));
    for (const extra of this.#pullers.splice(most)) {
      const ended = extra.stop();
      this.#ending.add(ended);
      void ended.finally(() => this.#ending.delete(ended));
    }
  }

  /** Takes no more runs, and resolves when those that have begun have ended. Front ends see at once that it takes none. */
  async drain(): Promise<void> {
    this.#announced.unsubscribe();
    this.setConcurrency(0);
    await Promise.all(this.#ending);
  }
}

/** Takes one run after another. */
class Puller {
  #stopped = false;
  #stop: () => void = () => {};
  readonly #stopping = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });
  readonly #ended: Promise<void>;
  readonly #delivering = new Set<Promise<void>>();

  constructor(private readonly options: LaneOptions) {
    this.#ended = this.#pull();
  }

  /** Resolves when the runs that it has have ended. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    return this.#ended;
  }

  async #pull(): Promise<void> {
    const { link, consumer, log } = this.options;
    await using pull = new Pull(link, new Names(link.name).jobsStream, consumer);
    while (!this.#stopped) {
      try {
        const message = await Promise.race([pull.next(), this.#stopping]);
        if (message) await this.#work(message);
      } catch (error) {
        if (!this.#stopped) log({ event: 'trouble', reason: messageOf(error) });
        await Promise.race([sleep(PAUSE_MS), this.#stopping]);
      }
    }
    await Promise.all(this.#delivering);
  }

  /** Resolves when the next run may begin: its request leaves together with the result of this one. */
  async #work(message: Delivery): Promise<void> {
    await new Promise<void>((worked, failed) => {
      const delivered = this.options
        .take(message, worked)
        .then(worked, failed)
        .finally(() => this.#delivering.delete(delivered));
      this.#delivering.add(delivered);
    });
  }
}
