// Models and results on their way between front ends and workers: a stream of NATS, in chunks, with digests.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Link } from './link.js';
import { NatsError } from './nats-error.js';
import { Names } from './wire.js';

/** Each chunk is a request and a response: larger ones are faster. */
const CHUNK_BYTES = 512 * 1024;
/** So many chunks of a file are on their way at once. */
const WINDOW = 4;
/** A model or result of up to this size travels in the message itself. */
const INLINE_BYTES = 128 * 1024;
/** Ticket of a file: its id, the number of its chunks and its SHA-256. The id becomes a part of subjects. */
const TICKET = /^(?<id>[\w-]{1,64})\.(?<chunks>\d{1,9})\.(?<sha256>[\da-f]{64})$/;

export type FileKind = 'model' | 'result';

/** Whether a run of a front end has ended; false where that is not known. */
export type IsOver = (front: string, job: string) => boolean;

/** A way for models and results between front ends and workers. */
export interface JobFiles {
  /** Resolves with a ticket for those who read the file. Of several files of the same kind each has its own. */
  put(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<string>;
  /** Writes the whole file to `path`, replacing what is there. */
  get(
    front: string,
    job: string,
    kind: FileKind,
    { ticket, path }: { readonly ticket: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes what a run has, whole or not. Nothing there is no error. */
  remove(front: string, job: string): Promise<void>;
}

/** Every request of it is for one chunk and may be repeated: none depends on the node that goes away in the meantime. */
export class RunFiles implements JobFiles {
  readonly #names: Names;
  readonly #chunkBytes: number;
  /** Files of front ends that did not respond the last time. */
  #suspects = new Set<string>();

  constructor(private readonly link: Link) {
    this.#names = new Names(link.name);
    // NATS counts headers and subject too.
    this.#chunkBytes = Math.min(CHUNK_BYTES, this.#mostBytes - 4096);
  }

  /** Whether that many bytes go into the message itself. */
  isInline(bytes: number): boolean {
    return bytes <= Math.min(INLINE_BYTES, this.#mostBytes / 2);
  }

  get #mostBytes(): number {
    return this.link.nc.info?.max_payload ?? 1024 * 1024;
  }

  async put(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<string> {
    const { link } = this;
    const id = randomUUID();
    const hash = createHash('sha256');
    const sent: Array<Promise<unknown>> = [];
    let chunks = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: this.#chunkBytes, signal })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('a file is read as bytes');
      hash.update(chunk);
      const subject = this.#names.file(front, job, kind, id, chunks);
      const one = link.ask(() => link.js.publish(subject, chunk));
      // It is awaited later.
      one.catch(() => {});
      sent.push(one);
      chunks += 1;
      if (sent.length >= WINDOW) await sent.shift();
    }
    await Promise.all(sent);
    signal.throwIfAborted();
    return `${id}.${chunks}.${hash.digest('hex')}`;
  }

  /** Rejects when the digest is another one than of what was put. */
  async get(
    front: string,
    job: string,
    kind: FileKind,
    { ticket, path }: { readonly ticket: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<void> {
    const what = `the ${kind} of run ${job}`;
    const { id = '', chunks = '', sha256 } = TICKET.exec(ticket)?.groups ?? {};
    if (sha256 === undefined) throw new NatsError('failed', `${what} has no right ticket`);
    const hash = createHash('sha256');
    const read = this.#read(Number(chunks), (n) => this.#names.file(front, job, kind, id, n), what);
    const hashed = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(read, hashed, createWriteStream(path, { mode: 0o600 }), { signal });
    if (hash.digest('hex') !== sha256) throw new NatsError('failed', `${what} comes damaged from NATS`);
  }

  async *#read(chunks: number, subject: (n: number) => string, what: string): AsyncGenerator<Uint8Array> {
    const asked: Array<Promise<Uint8Array>> = [];
    for (let next = 0, n = 0; n < chunks; n += 1) {
      for (; next < chunks && asked.length < WINDOW; next += 1) {
        const one = this.#chunk(subject(next), what);
        one.catch(() => {});
        asked.push(one);
      }
      const chunk = await asked.shift();
      if (chunk !== undefined) yield chunk;
    }
  }

  /** From any node that has it. One that is behind the others may not have it yet; the leader has. */
  async #chunk(subject: string, what: string): Promise<Uint8Array> {
    const { link } = this;
    const stream = this.#names.filesStream;
    const query = { last_by_subj: subject };
    const found = await link.ask(
      async () =>
        (await link.jsm.direct.getMessage(stream, query)) ??
        (await link.jsm.streams.getMessage(stream, query)),
    );
    if (found === null) throw new NatsError('failed', `${what} is not on NATS any more`);
    return found.data;
  }

  async remove(front: string, job: string): Promise<void> {
    const { link } = this;
    const filter = this.#names.files(front, job);
    await link.ask(() => link.jsm.streams.purge(this.#names.filesStream, { filter }));
  }

  /**
   * Removes what crashed processes left: files of front ends that twice did not respond, and of runs that have ended as far as
   * `isOver` knows. `isAlive` looks for a front end.
   */
  async sweep(isAlive: (front: string) => Promise<boolean>, isOver: IsOver = () => false): Promise<void> {
    const jobs = await this.#jobs();
    const gone = new Set<string>();
    for (const front of new Set(jobs.map(([front]) => front))) if (!(await isAlive(front))) gone.add(front);
    for (const [front, job] of jobs) {
      if ((gone.has(front) && this.#suspects.has(front)) || isOver(front, job)) await this.remove(front, job);
    }
    this.#suspects = gone;
  }

  /** Front ends and runs that have chunks. */
  async #jobs(): Promise<Array<readonly [front: string, job: string]>> {
    const { link } = this;
    const filter = { subjects_filter: this.#names.files() };
    const { state } = await link.ask(() => link.jsm.streams.info(this.#names.filesStream, filter));
    const jobs = new Map<string, readonly [string, string]>();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [, , front = '', job = ''] = subject.split('.');
      jobs.set(`${front}.${job}`, [front, job]);
    }
    return [...jobs.values()];
  }
}
