// SHA-256 of models on their way out. It takes longer than all else that is done with a large one, so that one is hashed
// in a thread beside the sending.
import { createHash, type Hash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { ModelHash } from '../../core/ports/model.js';
import { LARGE_MODEL_BYTES } from './piece-ring.js';

/** What the thread is asked: the next piece of a model, or with null its hash. It answers in the order of the questions. */
interface Question {
  model: number;
  piece: Uint8Array | null;
}

/** Opens hashes; those of all models share one thread, which ends with this. */
export class ModelHashing implements AsyncDisposable {
  #thread: Promise<HashThread> | null = null;
  #models = 0;

  /** A hash for a model of `length` bytes, null where nobody knows. */
  async open(length: number | null): Promise<ModelHash> {
    if (length === null || length < LARGE_MODEL_BYTES) return hashHere();
    this.#thread ??= startThread();
    try {
      return hashThere(await this.#thread, this.#models++);
    } catch {
      // No thread is to be had (a limit of the system, Node's permission model): it takes a little longer.
      return hashHere();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.then(
      (thread) => thread.end(),
      () => {},
    );
  }
}

function hashHere(): ModelHash {
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

function hashThere(thread: HashThread, model: number): ModelHash {
  let before: Promise<unknown> = Promise.resolve();
  let last: Promise<unknown> = before;
  let hex: Promise<string | null> | null = null;
  return {
    update(piece) {
      if (hex !== null) return;
      // Shared memory is handed over as it is; anything else would be copied with all that lies around it.
      const own = piece.buffer instanceof SharedArrayBuffer ? piece : Uint8Array.from(piece);
      before = last;
      last = thread.ask({ model, piece: own });
    },
    async caughtUp() {
      await before;
    },
    hex: () => (hex ??= thread.ask({ model, piece: null })),
  };
}

class HashThread {
  readonly #worker: Worker;
  readonly #asked: ((hex: string | null) => void)[] = [];
  #ended = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (hex: string | null) => this.#asked.shift()?.(hex));
    // A hash that is lost is no reason to lose the run: from here on all answers are null.
    worker.on('error', () => this.#isOver());
    worker.on('exit', () => this.#isOver());
  }

  /** The hash; null for a piece that was taken in, and where the thread has ended. */
  async ask(question: Question): Promise<string | null> {
    if (this.#ended) return null;
    this.#worker.postMessage(question);
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #isOver(): void {
    this.#ended = true;
    for (const answer of this.#asked.splice(0)) answer(null);
  }
}

async function startThread(): Promise<HashThread> {
  const { Worker } = await import('node:worker_threads');
  return new HashThread(
    new Worker(`(${inThread})()`, {
      eval: true,
      // Nothing of ours is run in it, and it says nothing: neither flags nor streams are its own.
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
    }),
  );
}

/** Runs in the thread, from its text and in CommonJS: it may name nothing that stands outside of it. */
function inThread(): void {
  const { createHash }: typeof import('node:crypto') = require('node:crypto');
  const { parentPort }: typeof import('node:worker_threads') = require('node:worker_threads');
  const hashes = new Map<number, Hash>();
  parentPort?.on('message', ({ model, piece }: Question) => {
    const hash = hashes.get(model) ?? createHash('sha256');
    if (piece === null) hashes.delete(model);
    else hashes.set(model, hash.update(piece));
    parentPort.postMessage(piece === null ? hash.digest('hex') : null);
  });
}
