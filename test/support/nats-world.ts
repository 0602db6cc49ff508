// Front ends and workers of one NATS in this process, each with a connection of its own, as several machines have.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Link } from '../../src/serve/nats/link.js';
import { openNatsQueue } from '../../src/serve/nats/nats-queue.js';
import { SharedFiles } from '../../src/serve/nats/shared-files.js';
import { TIMINGS, type Timings } from '../../src/serve/nats/wire.js';
import { startWorker, type Worker } from '../../src/serve/nats/worker.js';
import type { Perform, RunQueue } from '../../src/serve/runs/run-queue.js';
import { WorkFolders } from '../../src/serve/runs/work-folders.js';
import type { LoggedEvent, ServedService } from '../../src/serve/service/served-service.js';
import { natsName, openLink } from './nats.js';

/** A machine that is gone is found out in a second. */
export const QUICK: Timings = {
  ackWait: 1000,
  beat: 200,
  lease: 700,
  grace: 800,
  noWorker: 1500,
  check: 300,
  sweep: 300,
};

/** Returns the model as the result. */
export const echo: Perform = async ({ model }) => ({
  fileName: 'r.txt',
  contentType: 'text/plain',
  outputType: 'UNSTRUCTURED_UTF8_TEXT_1_0',
  title: 'echo',
  body: await readFile(model.file()),
});

export interface FrontEnd {
  readonly queue: RunQueue;
  readonly link: Link;
  readonly events: LoggedEvent[];
}

export interface Working {
  readonly worker: Worker;
  readonly link: Link;
  readonly events: LoggedEvent[];
  /** Folders of runs that are there now. */
  folders(): Promise<string[]>;
}

export interface WorldWishes {
  readonly timings?: Partial<Timings>;
  readonly attempts?: number;
  readonly patience?: number;
  /** A folder for large models and results. */
  readonly sharedFolder?: string;
}

export class NatsWorld implements AsyncDisposable {
  readonly name = natsName();
  readonly timings: Timings;
  readonly #ends: Array<() => PromiseLike<unknown>> = [];

  constructor(
    readonly url: string,
    private readonly wishes: WorldWishes = {},
  ) {
    this.timings = { ...TIMINGS, ...wishes.timings };
  }

  /** A connection to what is on NATS under the name of this world. */
  async link(): Promise<Link> {
    const { patience = 8000 } = this.wishes;
    const link = await openLink(this.url, { name: this.name, patience });
    this.#ends.push(() => link[Symbol.asyncDispose]());
    return link;
  }

  async front(limit = 100): Promise<FrontEnd> {
    const link = await this.link();
    const events: LoggedEvent[] = [];
    const { attempts = 3 } = this.wishes;
    const log = (event: LoggedEvent): void => void events.push(event);
    const shared = await this.#shared();
    const queue = await openNatsQueue({ link, limit, attempts, timings: this.timings, shared, log });
    this.#ends.push(() => queue[Symbol.asyncDispose]());
    return { queue, link, events };
  }

  async #shared(folder: string | null = this.wishes.sharedFolder ?? null): Promise<SharedFiles | undefined> {
    return folder === null ? undefined : SharedFiles.open(folder, this.name);
  }

  /** `sharedFolder`: another one than that of the front ends; null for none. */
  async worker(
    services: readonly ServedService[],
    perform: Perform,
    sharedFolder?: string | null,
  ): Promise<Working> {
    const shared = await this.#shared(sharedFolder);
    const link = await this.link();
    const folder = await mkdtemp(join(tmpdir(), 'bimservice-worker-'));
    this.#ends.push(() => rm(folder, { recursive: true, force: true }));
    const folders = await WorkFolders.open(folder, { signalGroup: () => {}, kill: () => {} });
    const events: LoggedEvent[] = [];
    const log = (event: LoggedEvent): void => void events.push(event);
    const worker = await startWorker({
      link,
      services,
      perform,
      shared,
      folders,
      timings: this.timings,
      log,
    });
    this.#ends.push(() => worker[Symbol.asyncDispose]());
    return { worker, link, events, folders: () => readdir(folder) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
