// The SHA-256 of models while they are sent. Hashing is the slowest step for a large model, so a large model is hashed
// in a separate thread.
import { createHash, type Hash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { ModelHash } from '../../core/ports/model.js';
import { LARGE_MODEL_BYTES } from './piece-ring.js';

/** A request to the thread: a piece of a model, or null for its hash. Responses come in the order of the requests. */
interface HashRequest {
  model: number;
  piece: Uint8Array | null;
}

/** Opens hashes. All models share one thread, which ends with this object. */
export class ModelHashing implements AsyncDisposable {
  #thread: Promise<HashThread> | null = null;
  #models = 0;

  /** A hash for a model of `length` bytes; null when the length is unknown. */
  async open(length: number | null): Promise<ModelHash> {
    if (length === null || length < LARGE_MODEL_BYTES) return hashInProcess();
    this.#thread ??= startThread();
    try {
      return hashInThread(await this.#thread, this.#models++);
    } catch {
      // No thread can be started (a limit of the system, Node's permission model). Hashing here only takes longer.
      return hashInProcess();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.then(
      (thread) => thread.end(),
      () => {},
    );
  }
}

function hashInProcess(): ModelHash {
  const hash = createHash('sha256');
  let hex: string | null = null;
  return {
    update(piece) {
      if (hex === null) hash.update(piece);
    },
    caughtUp: async () => {},
    hex: async () => (hex ??= hash.digest('hex')),
  };
}

function hashInThread(thread: HashThread, model: number): ModelHash {
  let before: Promise<unknown> = Promise.resolve();
  let last: Promise<unknown> = before;
  let hex: Promise<string | null> | null = null;
  return {
    update(piece) {
      if (hex !== null) return;
      // Shared memory is passed without a copy. For other memory the whole buffer around the piece would be copied.
      const own = piece.buffer instanceof SharedArrayBuffer ? piece : Uint8Array.from(piece);
      before = last;
      last = thread.request({ model, piece: own });
    },
    async caughtUp() {
      await before;
    },
    hex: () => (hex ??= thread.request({ model, piece: null })),
  };
}

class HashThread {
  readonly #worker: Worker;
  readonly #pending: ((hex: string | null) => void)[] = [];
  #ended = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (hex: string | null) => this.#pending.shift()?.(hex));
    // A failed hash must not end the run: from here on all responses are null.
    worker.on('error', () => this.#onEnd());
    worker.on('exit', () => this.#onEnd());
  }

  /** The hash; null for a piece that was added, and when the thread has ended. */
  async request(request: HashRequest): Promise<string | null> {
    if (this.#ended) return null;
    this.#worker.postMessage(request);
    return new Promise((resolve) => this.#pending.push(resolve));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #onEnd(): void {
    this.#ended = true;
    for (const resolve of this.#pending.splice(0)) resolve(null);
  }
}

async function startThread(): Promise<HashThread> {
  const { Worker } = await import('node:worker_threads');
  return new HashThread(
    new Worker(`(${threadMain})()`, {
      eval: true,
      // The thread runs none of our modules and prints nothing, so it gets no flags, no environment and no streams.
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
    }),
  );
}

/** Runs in the thread, from its source text and as CommonJS: it must not use anything outside of this function. */
function threadMain(): void {
  const { createHash }: typeof import('node:crypto') = require('node:crypto');
  const { parentPort }: typeof import('node:worker_threads') = require('node:worker_threads');
  const hashes = new Map<number, Hash>();
  parentPort?.on('message', ({ model, piece }: HashRequest) => {
    const hash = hashes.get(model) ?? createHash('sha256');
    if (piece === null) hashes.delete(model);
    else hashes.set(model, hash.update(piece));
    parentPort.postMessage(piece === null ? hash.digest('hex') : null);
  });
}
