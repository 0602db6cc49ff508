// Requests over NATS for what each run needs several times. `request()` of the client makes an error with its stack and a race of
// promises for each one, also where the response comes.

import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Link } from './link.js';

/** Of a message of the server without data: no one subscribes to the subject. */
const NO_RESPONDERS = 503;

export class Requests implements Disposable {
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #waiting = new Map<string, (response: Msg | 'no-responders') => void>();
  #last = 0;

  constructor(private readonly link: Link) {
    this.#inbox = link.modules.transport.createInbox();
    this.#subscription = link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return;
        const isEmpty = message.data.length === 0 && message.headers?.code === NO_RESPONDERS;
        this.#waiting.get(message.subject)?.(isEmpty ? 'no-responders' : message);
      },
    });
  }

  /** The first response; `silent` where no one responds in `ms`. Throws where there is no connection any more. */
  async ask(subject: string, data: Uint8Array, ms: number): Promise<Msg | 'no-responders' | 'silent'> {
    this.#last += 1;
    const inbox = `${this.#inbox}.${this.#last}`;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        this.#waiting.set(inbox, resolve);
        timer = setTimeout(resolve, ms, 'silent').unref();
        this.link.nc.publish(subject, data, { reply: inbox });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(inbox);
    }
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}
