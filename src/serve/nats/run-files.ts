// Models and results on their way between front ends and workers: the object store of NATS, in chunks, with digests.

import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectInfo, ObjectStore } from '@nats-io/obj';
import type { Link } from './link.js';
import { NatsError } from './nats-error.js';
import { Names } from './wire.js';

/** Each chunk waits for its acknowledgment: larger ones than the client's 128 KiB are faster. */
const CHUNK_BYTES = 512 * 1024;
/** A model or result of up to this size travels in the message itself. */
const INLINE_BYTES = 128 * 1024;
/** A file whose bytes do not move for so long, ms, is given up. */
const IDLE_MS = 60_000;
/** Chunks without a file are of an upload that was cut off, when they are this old, ms. */
const CUT_OFF_MS = 120_000;

export type FileKind = 'model' | 'result';

/** Whether a run of a front end has ended; false where that is not known. */
export type IsOver = (front: string, job: string) => boolean;

/** A way for models and results between front ends and workers. */
export interface JobFiles {
  put(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<void>;
  /** Writes the whole file to `path`. */
  get(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<void>;
  /** A file that is not there is no error. */
  remove(front: string, job: string, kind: FileKind): Promise<void>;
}

export class RunFiles implements JobFiles {
  readonly #chunkBytes: number;
  readonly #stream: string;
  /** Files of front ends that did not respond the last time. */
  #suspects = new Set<string>();

  private constructor(
    private readonly link: Link,
    private readonly store: ObjectStore,
    private readonly bucket: string,
  ) {
    // NATS counts headers and subject too.
    this.#chunkBytes = Math.min(CHUNK_BYTES, this.#mostBytes - 4096);
    this.#stream = `OBJ_${bucket}`;
  }

  /** Rejects with NatsError. */
  static async open(link: Link): Promise<RunFiles> {
    const { obj } = link.modules;
    const bucket = new Names(link.name).files;
    const storage = obj.StorageType.File;
    const store = await link.ask(() =>
      new obj.Objm(link.js).create(bucket, { storage, replicas: link.replicas }),
    );
    return new RunFiles(link, store, bucket);
  }

  /** Whether that many bytes go into the message itself. */
  isInline(bytes: number): boolean {
    return bytes <= Math.min(INLINE_BYTES, this.#mostBytes / 2);
  }

  get #mostBytes(): number {
    return this.link.nc.info?.max_payload ?? 1024 * 1024;
  }

  async put(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<void> {
    await this.link.ask(async () => {
      signal.throwIfAborted();
      const file = createReadStream(path, { highWaterMark: this.#chunkBytes, signal });
      const options = { max_chunk_size: this.#chunkBytes };
      try {
        await this.store.put({ name: nameOf(front, job, kind), options }, Readable.toWeb(file));
      } finally {
        file.destroy();
      }
    });
    signal.throwIfAborted();
  }

  /** Writes the file to `path`, replacing what is there. Rejects when the digest is another one than of what was put. */
  async get(front: string, job: string, kind: FileKind, path: string, signal: AbortSignal): Promise<void> {
    await this.link.ask(async () => {
      signal.throwIfAborted();
      const found = await this.store.get(nameOf(front, job, kind));
      if (found === null)
        throw new NatsError('failed', `the ${kind} of job ${job} is not in the object store`);
      const target = createWriteStream(path, { mode: 0o600 });
      using idle = idleLimit(IDLE_MS);
      await pipeline(Readable.fromWeb(found.data), idle.watch, target, { signal });
    });
  }

  /** A file that is not there is no error. */
  async remove(front: string, job: string, kind: FileKind): Promise<void> {
    const name = nameOf(front, job, kind);
    await this.link.ask(async () => {
      const info = await this.store.info(name);
      if (info !== null) await this.#remove(info);
    });
  }

  /**
   * Removes what crashed processes left: files of front ends that twice did not respond, files of runs that have ended as far as
   * `isOver` knows, and chunks of uploads that were cut off. `isAlive` looks for a front end.
   */
  async sweep(
    isAlive: (front: string) => Promise<boolean>,
    { isOver = () => false, cutOffMs = CUT_OFF_MS }: { isOver?: IsOver; cutOffMs?: number } = {},
  ): Promise<void> {
    const files = await this.link.ask(() => this.store.list());
    const fronts = new Set(files.map(({ name }) => frontOf(name)));
    const gone = new Set<string>();
    for (const front of fronts) if (!(await isAlive(front))) gone.add(front);
    for (const file of files) {
      const [front = '', job = ''] = file.name.split('/');
      const isLeft = (gone.has(front) && this.#suspects.has(front)) || isOver(front, job);
      if (isLeft) await this.link.ask(() => this.#remove(file));
    }
    this.#suspects = gone;
    await this.#removeCutOff(new Set(files.map(({ nuid }) => this.#chunks(nuid))), cutOffMs);
  }

  async #removeCutOff(whole: ReadonlySet<string>, cutOffMs: number): Promise<void> {
    const { jsm } = this.link;
    const filter = { subjects_filter: this.#chunks('>') };
    const { state } = await this.link.ask(() => jsm.streams.info(this.#stream, filter));
    for (const subject of Object.keys(state.subjects ?? {})) {
      if (whole.has(subject)) continue;
      const last = await this.link.ask(() => jsm.streams.getMessage(this.#stream, { last_by_subj: subject }));
      if (last === null || Date.now() - last.time.getTime() < cutOffMs) continue;
      await this.link.ask(() => jsm.streams.purge(this.#stream, { filter: subject }));
    }
  }

  /** Without the client's mark of a deleted object: one would stay for each run. */
  async #remove({ name, nuid }: ObjectInfo): Promise<void> {
    const { jsm, modules } = this.link;
    const meta = `$O.${this.bucket}.M.${modules.obj.Base64UrlPaddedCodec.encode(name)}`;
    await jsm.streams.purge(this.#stream, { filter: meta });
    await jsm.streams.purge(this.#stream, { filter: this.#chunks(nuid) });
  }

  #chunks(nuid: string): string {
    return `$O.${this.bucket}.C.${nuid}`;
  }
}

function nameOf(front: string, job: string, kind: FileKind): string {
  return `${front}/${job}/${kind}`;
}

function frontOf(name: string): string {
  return name.split('/', 1)[0] ?? '';
}

/** Ends a pipeline whose bytes do not move. */
function idleLimit(ms: number): Disposable & { readonly watch: Transform } {
  const late = (): void => void watch.destroy(new NatsError('unreachable', 'the object store sends nothing'));
  let timer = setTimeout(late, ms);
  const watch = new Transform({
    transform(chunk, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(late, ms);
      done(null, chunk);
    },
  });
  return { watch, [Symbol.dispose]: () => clearTimeout(timer) };
}
