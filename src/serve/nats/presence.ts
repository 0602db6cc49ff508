// Who is there on NATS: front ends by their id, workers by what they can do. NATS says at once when no one is.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { StoreError } from '../store/port.js';
import type { Link } from './link.js';
import { isNoResponders, NatsError } from './nats-error.js';
import { frame, Names, type ToFront } from './wire.js';

/** A worker that was found counts as present for this long, ms. */
const PRESENT_MS = 1000;
/** A process that does not respond in this time, ms, is there but busy. */
const RESPONSE_MS = 3000;
/** A service that has just lost its last worker is looked for again during this time, ms, and this often. */
const LOOK_MS = 2000;
const LOOK_AGAIN_MS = 100;

/** Whether a front end responds, or may respond later. */
export async function isFrontAlive(link: Link, front: string): Promise<boolean> {
  const ping: ToFront = { say: 'ping', job: '', worker: '' };
  try {
    await link.nc.request(new Names(link.name).front(front), frame(ping), { timeout: RESPONSE_MS });
    return true;
  } catch (error) {
    return !isNoResponders(error);
  }
}

export interface FinderOptions {
  readonly link: Link;
  /** The front end whose shared folder a worker must see; null without a shared folder. */
  readonly front: string | null;
  /** Gets the words of each worker that does the service and cannot do it for this front end. */
  readonly onUnfit?: (words: string) => void;
}

export class WorkerFinder {
  readonly #seen = new Map<string, number>();
  /** Since when a service has no worker, on the monotonic clock. */
  readonly #missing = new Map<string, number>();

  constructor(private readonly options: FinderOptions) {}

  /**
   * As `has`, but a service without a worker is looked for during a moment: a front end can start before its workers, and in a
   * cluster a worker is not known everywhere until it has connected to another node. Rejects with StoreError.
   */
  async find(service: string): Promise<boolean> {
    for (;;) {
      if (await this.has(service)) return true;
      if (this.missingFor(service) >= LOOK_MS) return false;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** False where no worker does the service now. Rejects with StoreError where NATS does not respond. */
  async has(service: string): Promise<boolean> {
    const seen = this.#seen.get(service);
    if (seen !== undefined && performance.now() - seen < PRESENT_MS) return true;
    try {
      const isThere = await this.options.link.ask(() => this.#ask(service));
      if (isThere) this.#seen.set(service, performance.now());
      if (isThere) this.#missing.delete(service);
      else if (!this.#missing.has(service)) this.#missing.set(service, performance.now());
      return isThere;
    } catch (error) {
      throw new StoreError('failed', messageOf(error), { cause: error });
    }
  }

  /** How long the service has had no worker, ms, as far as anyone has asked; 0 where it has one. */
  missingFor(service: string): number {
    const since = this.#missing.get(service);
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Each worker that does the service responds: with nothing when it can do it for this front end, otherwise with words. */
  async #ask(service: string): Promise<boolean> {
    const { link, front, onUnfit } = this.options;
    const wishes = { strategy: 'stall', maxWait: RESPONSE_MS } as const;
    let responses = 0;
    try {
      const subject = new Names(link.name).can(service);
      for await (const message of await link.nc.requestMany(subject, front ?? '', wishes)) {
        const words = message.string();
        if (words === '') return true;
        responses += 1;
        onUnfit?.(cleanText(words, 500));
      }
    } catch (error) {
      if (isNoResponders(error)) return false;
      throw error;
    }
    if (responses > 0) return false;
    throw new NatsError('unreachable', `no worker of ${service} responds in ${RESPONSE_MS / 1000} seconds`);
  }
}
