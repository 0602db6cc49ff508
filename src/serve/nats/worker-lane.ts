// One service at a worker: its requests for runs, as many at once as the service allows.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import type { LoggedEvent } from '../service/served-service.js';
import type { Link } from './link.js';
import { Names } from './wire.js';

/** A request for a run stays open this long, ms. */
const PULL_MS = 5000;
/** After a failure of NATS the next request waits, ms. */
const PAUSE_MS = 500;

export interface LaneOptions {
  readonly link: Link;
  readonly serviceId: string;
  readonly consumer: Consumer;
  /** Does the run of a message. Resolves when the run has ended here. */
  readonly take: (message: JsMsg) => Promise<void>;
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

  constructor(private readonly options: LaneOptions) {
    this.#ended = this.#pull();
  }

  /** Resolves when its run, if it has one, has ended. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    return this.#ended;
  }

  async #pull(): Promise<void> {
    const { consumer, take, log } = this.options;
    while (!this.#stopped) {
      try {
        const asked = consumer.next({ expires: PULL_MS });
        const message = await Promise.race([asked, this.#stopping]);
        if (message) await take(message);
        // A run that still comes to this request is for another worker.
        else if (this.#stopped)
          void asked.then(
            (late) => late?.nak(),
            () => {},
          );
      } catch (error) {
        if (!this.#stopped) log({ event: 'trouble', reason: messageOf(error) });
        await Promise.race([sleep(PAUSE_MS), this.#stopping]);
      }
    }
  }
}
