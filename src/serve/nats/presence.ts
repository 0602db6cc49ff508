// Who is there on NATS: front ends by their id, workers by what they can do. NATS says at once when no one is.

import { messageOf } from '../../errors.js';
import { StoreError } from '../store/port.js';
import type { Link } from './link.js';
import { isNoResponders } from './nats-error.js';
import { frame, Names, type ToFront } from './wire.js';

/** A worker that was found counts as present for this long, ms. */
const PRESENT_MS = 1000;
/** A process that does not respond in this time, ms, is there but busy. */
const RESPONSE_MS = 3000;

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

export class WorkerFinder {
  readonly #seen = new Map<string, number>();

  constructor(private readonly link: Link) {}

  /** False where no worker does the service. Rejects with StoreError where NATS does not respond. */
  async has(service: string): Promise<boolean> {
    const seen = this.#seen.get(service);
    if (seen !== undefined && performance.now() - seen < PRESENT_MS) return true;
    const { link } = this;
    const subject = new Names(link.name).can(service);
    try {
      await link.ask(() => link.nc.request(subject, '', { timeout: RESPONSE_MS }), isNoResponders);
    } catch (error) {
      if (isNoResponders(error)) return false;
      throw new StoreError('failed', messageOf(error), { cause: error });
    }
    this.#seen.set(service, performance.now());
    return true;
  }
}
