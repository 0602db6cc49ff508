// The line of a worker to the front ends, each of which knows who waits for its runs.

import type { Link } from './link.js';
import { Requests } from './requests.js';
import { frame, isOrder, Names, type Order, type ToFront } from './wire.js';

/** A front end that responds later than this, ms, is asked another time. */
const RESPONSE_MS = 3000;

export class FrontLine implements Disposable {
  /** Since when a front end is not there, on the monotonic clock. */
  readonly #goneSince = new Map<string, number>();
  readonly #names: Names;
  readonly #requests: Requests;

  constructor(
    private readonly link: Link,
    readonly worker: string,
    private readonly graceMs: number,
  ) {
    this.#names = new Names(link.name);
    this.#requests = new Requests(link);
  }

  /**
   * What the front end orders. `gone`: it has not been there for a while; `silent`: it does not respond at the moment, as NATS
   * itself perhaps. Never rejects.
   */
  async ask(
    front: string,
    message: Omit<ToFront, 'worker'>,
    bytes?: Uint8Array,
  ): Promise<Order | 'gone' | 'silent'> {
    const data = frame({ ...message, worker: this.worker }, bytes);
    const response = await this.#requests
      .ask(this.#names.front(front), data, RESPONSE_MS)
      .catch(() => 'silent' as const);
    if (response === 'silent') return 'silent';
    if (response !== 'no-responders') {
      this.#goneSince.delete(front);
      const order = response.string();
      return isOrder(order) ? order : 'silent';
    }
    const now = performance.now();
    const since = this.#goneSince.get(front) ?? now;
    this.#goneSince.set(front, since);
    return now - since > this.graceMs ? 'gone' : 'silent';
  }

  /** For the eye: it may be lost. */
  mention(front: string, message: Omit<ToFront, 'worker'>): void {
    if (this.link.isUp)
      this.link.nc.publish(this.#names.front(front), frame({ ...message, worker: this.worker }));
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }
}
