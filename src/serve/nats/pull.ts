// Takes one message after another from a consumer of JetStream. `Consumer.next()` of the client makes a subscription, timers and
// errors with their stacks for each message; here one subscription serves all.

import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Link } from './link.js';
import { NatsError } from './nats-error.js';

/** A request for a message stays open this long by default, ms. */
const OPEN_MS = 5000;
/** A response may be this late, ms. After that the request is taken as lost. */
const LATE_MS = 1000;

/** The codes of https://docs.nats.io/reference/reference-protocols/nats_api_reference in a message without data. */
const NO_MESSAGE = new Set([404, 408]);

/** A message of a stream. */
export interface Delivery {
  readonly subject: string;
  /** It belongs to the connection: copy what stays. */
  readonly data: Uint8Array;
  /** True where it was not delivered before. */
  readonly isFirst: boolean;
  /** It leaves the stream. */
  ack(): void;
  /** It is delivered again after `ms`. */
  nak(ms?: number): void;
  /** It is not delivered to others for a while. */
  working(): void;
}

export class Pull implements AsyncDisposable {
  readonly #inbox: string;
  readonly #subject: string;
  readonly #subscription: Subscription;
  readonly #returns: Disposable;
  #waiting: { settle(delivery: Delivery | null): void; fail(error: Error): void } | null = null;

  constructor(
    private readonly link: Link,
    stream: string,
    consumer: string,
    private readonly openMs: number = OPEN_MS,
  ) {
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#inbox = link.modules.transport.createInbox();
    this.#subscription = link.nc.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
        else this.#waiting?.fail(error);
      },
    });
    this.#returns = link.onReturn(() => this.#waiting?.settle(null));
  }

  /** Null: there was none for a while, or the connection was lost meanwhile. Rejects with what NATS reports. Ask again only when it is settled. */
  async next(): Promise<Delivery | null> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((settle, fail) => {
        this.#waiting = { settle, fail };
        timer = setTimeout(settle, this.openMs + LATE_MS, null);
        const request = JSON.stringify({ batch: 1, expires: this.openMs * 1e6 });
        this.link.nc.publish(this.#subject, request, { reply: this.#inbox });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  /** Gives back what is already on its way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#returns[Symbol.dispose]();
    this.#waiting?.settle(null);
    this.#waiting = null;
    // Where there is no connection, nothing comes.
    await this.#subscription.drain().catch(() => {});
  }

  #take(message: Msg): void {
    const { code = 0, description = '' } = message.headers ?? {};
    const isStatus = message.data.length === 0 && code !== 0;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (isStatus && NO_MESSAGE.has(code)) waiting?.settle(null);
    else if (isStatus) waiting?.fail(new NatsError('failed', `NATS gives no runs: ${description} (${code})`));
    else if (waiting === null)
      deliver(message).nak(); // It is for another worker.
    else waiting.settle(deliver(message));
  }
}

/** The payloads are of https://docs.nats.io/using-nats/developer/develop_jetstream/consumers#delivery-reliability */
function deliver(message: Msg): Delivery {
  let isSettled = false;
  const settle = (payload: string): void => {
    if (!isSettled) message.respond(payload);
    isSettled = true;
  };
  return {
    subject: message.subject,
    data: message.data,
    isFirst: deliveriesOf(message) === 1,
    ack: () => settle('+ACK'),
    nak: (ms = 0) => settle(ms === 0 ? '-NAK' : `-NAK ${JSON.stringify({ delay: ms * 1e6 })}`),
    working: () => {
      if (!isSettled) message.respond('+WPI');
    },
  };
}

/** `$JS.ACK.STREAM.CONSUMER.DELIVERIES.…`, or with a domain and an account before the stream. */
function deliveriesOf(message: Msg): number {
  const words = message.reply?.split('.') ?? [];
  return Number(words[words.length > 9 ? 6 : 4]);
}
