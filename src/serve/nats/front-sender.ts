// Puts the runs of a front end into the stream, each with its model.

import { StoreError } from '../store/port.js';
import type { FrontJob } from './front-job.js';
import type { Link } from './link.js';
import { NatsError } from './nats-error.js';
import type { JobFiles, RunFiles } from './run-files.js';
import type { SharedFiles } from './shared-files.js';
import { frame, type Job, Names } from './wire.js';

/** A place in the order of arrival. */
export interface Turn {
  readonly come: Promise<void>;
  end(): void;
}

export interface SenderOptions {
  readonly link: Link;
  /** The name of the front end for workers. */
  readonly front: string;
  readonly files: RunFiles;
  /** For large models; by default they go through NATS. */
  readonly shared: SharedFiles | undefined;
}

export class FrontSender {
  readonly #way: JobFiles;
  /** Small models are sent in the order of their arrival. */
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: SenderOptions) {
    this.#way = options.shared ?? options.files;
  }

  /** The caller ends it, where the run is not sent. */
  takeTurn(): Turn {
    const come = this.#turn;
    let end = (): void => {};
    this.#turn = new Promise((resolve) => {
      end = resolve;
    });
    return { come, end };
  }

  /** Rejects with StoreError where the run cannot be queued. */
  async send(job: FrontJob, turn: Turn, signal: AbortSignal): Promise<void> {
    try {
      if (this.options.files.isInline(job.run.model.bytes)) return await this.#sendInTurn(job, turn);
      turn.end();
      await this.#publish(job, await this.#put(job, signal));
    } catch (error) {
      signal.throwIfAborted();
      // A worker has it: only the acknowledgment of the stream did not arrive.
      if (job.begun > 0) return;
      throw error instanceof NatsError ? new StoreError('failed', error.message, { cause: error }) : error;
    }
  }

  /** For a run whose message is lost. What has lost the message may have lost the model, too. */
  async sendAgain(job: FrontJob, signal: AbortSignal): Promise<void> {
    const { model } = job.run;
    const isInline = this.options.files.isInline(model.bytes);
    await this.#publish(job, isInline ? model.read() : await this.#put(job, signal));
  }

  async #sendInTurn(job: FrontJob, turn: Turn): Promise<void> {
    await turn.come;
    const sent = this.#publish(job, job.run.model.read());
    turn.end();
    await sent;
  }

  #put({ run: { id, model } }: FrontJob, signal: AbortSignal): Promise<string> {
    return this.#way.put(this.options.front, id, 'model', model.file(), signal);
  }

  /** `sent`: the model where it is small enough for the message, otherwise its ticket. */
  async #publish(job: FrontJob, sent: Uint8Array | string): Promise<void> {
    const { link, front, shared } = this.options;
    const inline = typeof sent !== 'string';
    const { id, serviceId: service, inputType, model } = job.run;
    job.sent += 1;
    const words: Job = {
      id,
      front,
      service,
      inputType,
      modelName: model.name,
      bytes: model.bytes,
      inline,
      ticket: inline ? '' : sent,
      shared: shared !== undefined,
      first: job.sent === 1,
      queuedAt: job.queuedAt,
    };
    const data = frame(words, inline ? sent : undefined);
    // NATS knows by the id of the message that a repeated one is the same.
    const msgID = `${id}.${job.sent}`;
    const subject = new Names(link.name).jobs(service);
    const { seq } = await link.ask(() => link.js.publish(subject, data, { msgID }));
    job.sequence = seq;
  }
}
