// What a caller says about the models to send, and what it hears while they run.

import type { Flow } from '../../core/invocation/plan-request.js';
import type { RunRecord } from '../../core/invocation/run-record.js';
import type { FormField, TransferProgress } from '../../core/ports/http.js';
import type { BimServiceError } from '../../errors.js';
import type { JudgedResult, Judging } from '../bcf/judging.js';

/** A file by its path, or content with a name. A stream is sent once, without a retry and without its length. */
export type Model = string | { name: string; content: Uint8Array | AsyncIterable<Uint8Array> };

/**
 * Where results go. `folder`: under a safe name made of what the service suggests; what has that name stays. `path`: as the option
 * `-o` of the program: a file, a folder with `/` at its end, a pipe, or a template such as `out/{model}.bcf`. `write`: called with the
 * bytes, once the response is known to be a result.
 */
export type Destination =
  | { folder: string; replace?: boolean }
  | { path: string; replace?: boolean }
  | { write: (chunk: Uint8Array) => void | Promise<void> };

export interface RunOptions {
  /** Absent: each result is in memory, as `bytes`. */
  to?: Destination;
  /** Replaces the type that the content of a model shows. */
  inputType?: string;
  /** The only type of result that is accepted: a schema name, a family (`BCF`) or a media type. */
  expect?: string;
  /** Further fields of the form, for a service that takes forms. */
  fields?: readonly FormField[];
  /** The context of an earlier run, for a service that keeps them. */
  contextId?: string;
  /** How the service may deliver its result: in the response (`sync`), over a websocket (`async`), or either. */
  flow?: Flow;
  /** How long the service may work, in ms; absent: no limit. */
  waitMs?: number;
  /** True: an empty model is sent, and an empty result is one. */
  allowEmpty?: boolean;
  /** False: what arrives of a response that is not accepted is not kept as a file. */
  keepRejected?: boolean;
  /** True: a service that finds nothing to report fails, `result-missing`. */
  requireResult?: boolean;
  /** The largest result that is taken, in bytes; absent: no limit. */
  maxResult?: number;
  /** False: models are not hashed, which saves time; then no receipt is written. */
  hash?: boolean;
  /** False: no receipt is written beside a result that is a file. */
  receipt?: boolean;
  /** Gates and a comparison for each result that is a file; `openJudge` makes one. */
  judge?: Judging;
  /** Ends it: what was not sent is not sent. The error is `interrupted`. */
  signal?: AbortSignal;
}

export interface InvokeOptions extends RunOptions {
  /** How many models are sent at the same time; absent: one. */
  jobs?: number;
  /** True: after the first failure no further model is started. */
  failFast?: boolean;
  /** How often a model is sent again where that is safe: where nothing ran. Absent: never. */
  retry?: number;
  /** True: a model whose receipt and result of an earlier run are unchanged is not sent. */
  skipDone?: boolean;
}

/** The end of the run of one model. */
export interface InvokeResult {
  /** As named. */
  model: string;
  /** What the model is called in the names of results: different for each model of a call. */
  label: string;
  /** The run as data: as `--json` of the program, and as the receipt has it (schemas/invoke-output.schema.json). */
  record: RunRecord;
  /** The path of the result; null when there is no result, or it is no file. */
  path: string | null;
  /** The result where no destination is named, or null. */
  bytes: Uint8Array | null;
  /** The path of the receipt; null when none was written. */
  receipt: string | null;
  /** What gates and comparison found; null without a judge, and where the result could not be judged. */
  judged: JudgedResult | null;
}

/** `model`: as named. `label`: different for each model of a call. */
export type InvokeEvent =
  /** The run begins. */
  | { event: 'begin'; model: string; label: string }
  /** The address to post to, and where its token comes from; `open`: none is needed. */
  | { event: 'access'; model: string; label: string; url: string; token: 'stored' | 'given' | 'open' }
  | ({ event: 'progress'; model: string; label: string } & TransferProgress)
  /** A line for a person. The same warning about the service comes once for all models. */
  | { event: 'message'; level: 'info' | 'warning' | 'instruction' | 'debug'; text: string }
  | ({ event: 'result' } & InvokeResult)
  /** The run of this model failed. */
  | ({ event: 'failure'; error: BimServiceError } & InvokeResult);

/** Called for each event. What it returns is waited for at `begin`, `result` and `failure`. */
export type OnInvokeEvent = (event: InvokeEvent) => void | Promise<void>;
