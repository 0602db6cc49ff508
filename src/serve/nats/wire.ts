// What front ends and workers say to each other over NATS: names of subjects, and messages of one line of JSON and bytes.

import { readMembers } from '../store/members.js';

/** A run as it is in the stream: a job. A small model follows it; a large one is in the stream of files or in the shared folder. */
export interface Job {
  readonly id: string;
  /** The front end whose sender waits for the result. */
  readonly front: string;
  readonly service: string;
  readonly inputType: string | null;
  /** The name of the model's file. */
  readonly modelName: string;
  readonly bytes: number;
  /** Whether the model follows in the same message. */
  readonly inline: boolean;
  /** The ticket of a model that does not. */
  readonly ticket: string;
  /** Whether what is not in a message is in the shared folder. */
  readonly shared: boolean;
  /** False where its front end has sent it again. */
  readonly first: boolean;
  /** Epoch ms. */
  readonly queuedAt: number;
}

/**
 * What a worker says about a run: `began` where it is the first to get it, else `claim` before it begins, `beat` while it works, `done` or `failed` at the end, `released` when
 * it cannot go on and another worker should, `ended` after a stop. `ping`: is anyone there?
 */
export type Say = 'began' | 'claim' | 'beat' | 'progress' | 'done' | 'failed' | 'released' | 'ended' | 'ping';

export interface ToFront {
  readonly say: Say;
  readonly job: string;
  readonly worker: string;
  readonly percent?: number | null;
  /** The label of a progress, or the words of a failure. */
  readonly words?: string;
  /** The code of a failure; null: it has no words for the sender. */
  readonly code?: number | null;
  readonly result?: ResultWords;
}

/** A result without its body, which follows in the same message or has a ticket. */
export interface ResultWords {
  readonly fileName: string;
  readonly contentType: string;
  readonly outputType: string;
  readonly title: string;
  readonly bytes: number;
  readonly inline: boolean;
  readonly ticket: string;
}

/**
 * What a front end responds. To `began` nothing, if that is right. To a claim: `run`, `wait` (another worker has it and is heard of) or `drop` (no one waits for it).
 * Else: `go` on, `stop` (no one waits for it), `yield` (another worker has it), or `ok`.
 */
export type Order = 'run' | 'wait' | 'drop' | 'go' | 'stop' | 'yield' | 'ok';

const SAYS: readonly string[] = [
  'began',
  'claim',
  'beat',
  'progress',
  'done',
  'failed',
  'released',
  'ended',
  'ping',
] satisfies Say[];
const ORDERS: readonly string[] = ['run', 'wait', 'drop', 'go', 'stop', 'yield', 'ok'] satisfies Order[];

/** The names on NATS of the services under `name`. */
export class Names {
  constructor(private readonly name: string) {}

  get jobsStream(): string {
    return `${this.name}_jobs`;
  }

  get deadStream(): string {
    return `${this.name}_dead`;
  }

  get filesStream(): string {
    return `${this.name}_files`;
  }

  /** The subjects of the chunks of a front end's run, or of all. */
  files(...frontAndJob: readonly string[]): string {
    return [this.name, 'files', ...frontAndJob, '>'].join('.');
  }

  /** The subject of chunk `n` of a file. */
  file(front: string, job: string, kind: string, id: string, n: number): string {
    return `${this.name}.files.${front}.${job}.${kind}.${id}.${n}`;
  }

  /** The subject of a service's runs; `*` for all. An id of a service has letters, digits and hyphens only. */
  jobs(service: string): string {
    return `${this.name}.jobs.${service}`;
  }

  dead(service: string): string {
    return `${this.name}.dead.${service}`;
  }

  consumer(service: string): string {
    return `service-${service}`;
  }

  front(id: string): string {
    return `${this.name}.front.${id}`;
  }

  worker(id: string): string {
    return `${this.name}.worker.${id}`;
  }

  /** Every worker that can do the service subscribes to it. */
  can(service: string): string {
    return `${this.name}.can.${service}`;
  }
}

/** Ms. The defaults are for machines of one network; tests use shorter ones. */
export interface Timings {
  /** A run whose worker is not heard of for so long is given to another one. */
  readonly ackWait: number;
  /** How often a worker is heard of. */
  readonly beat: number;
  /** After this a front end no longer believes that a worker has a run; less than `ackWait`. */
  readonly lease: number;
  /** A front end that is gone for so long does not come back. */
  readonly grace: number;
  /** Runs that wait for a service without a worker fail after this. */
  readonly noWorker: number;
  /** How often a waiting run is looked for in the stream. */
  readonly check: number;
  /** How often files that no one needs are looked for. */
  readonly sweep: number;
}

export const TIMINGS: Timings = {
  ackWait: 10_000,
  beat: 2500,
  lease: 8000,
  grace: 15_000,
  noWorker: 120_000,
  check: 30_000,
  sweep: 60_000,
};

/** One line of JSON, and bytes after it. */
export function frame(words: object, bytes?: Uint8Array): Uint8Array {
  const line = Buffer.from(`${JSON.stringify(words)}\n`);
  return bytes === undefined ? line : Buffer.concat([line, bytes]);
}

function unframe(data: Uint8Array): { words: Record<string, unknown>; bytes: Uint8Array } {
  const end = data.indexOf(10);
  if (end < 0) return { words: {}, bytes: new Uint8Array() };
  try {
    const words = readMembers(JSON.parse(Buffer.from(data.subarray(0, end)).toString('utf8')));
    return { words, bytes: data.subarray(end + 1) };
  } catch {
    return { words: {}, bytes: new Uint8Array() };
  }
}

/** Undefined for what is no run. */
export function readJob(data: Uint8Array): { job: Job; bytes: Uint8Array } | undefined {
  const { words, bytes } = unframe(data);
  const {
    id,
    front,
    service,
    inputType,
    modelName,
    bytes: size,
    inline,
    ticket,
    shared,
    first,
    queuedAt,
  } = words;
  if (typeof id !== 'string' || typeof front !== 'string' || typeof service !== 'string') return undefined;
  // They become parts of paths and subjects.
  if (![id, front, service].every((text) => /^[\w-]{1,128}$/.test(text))) return undefined;
  if (typeof modelName !== 'string' || !/^[\w.-]{1,64}$/.test(modelName)) return undefined;
  const job: Job = {
    id,
    front,
    service,
    inputType: typeof inputType === 'string' ? inputType : null,
    modelName,
    bytes: Number(size),
    inline: inline === true,
    ticket: String(ticket),
    shared: shared === true,
    first: first === true,
    queuedAt: Number(queuedAt),
  };
  return { job, bytes };
}

/** Undefined for what no worker says. */
export function readToFront(data: Uint8Array): { message: ToFront; bytes: Uint8Array } | undefined {
  const { words, bytes } = unframe(data);
  const { say, job, worker, percent, words: text, code, result } = words;
  if (!isSay(say) || typeof job !== 'string' || typeof worker !== 'string') return undefined;
  const message: ToFront = {
    say,
    job,
    worker,
    percent: typeof percent === 'number' ? percent : null,
    words: typeof text === 'string' ? text : '',
    code: typeof code === 'number' ? code : null,
    ...(result === undefined ? {} : { result: readResult(result) }),
  };
  return { message, bytes };
}

function readResult(value: unknown): ResultWords {
  const { fileName, contentType, outputType, title, bytes, inline, ticket } = readMembers(value);
  return {
    fileName: String(fileName),
    contentType: String(contentType),
    outputType: String(outputType),
    title: String(title),
    bytes: Number(bytes),
    inline: inline === true,
    ticket: String(ticket),
  };
}

function isSay(value: unknown): value is Say {
  return typeof value === 'string' && SAYS.includes(value);
}

export function isOrder(value: string): value is Order {
  return ORDERS.includes(value);
}
