// The interface of a served service: its description, the input of a run, and its result.

/** One service of the provider. `id` is a slug; it is the last part of the service's resource address. */
export interface ServedService {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Schema names (PROTOCOL 2). Empty: any. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The largest model, in bytes. */
  readonly maxBytes?: number;
  /** How many runs at the same time; 1 by default. */
  readonly concurrency?: number;
  /**
   * Reads the model once and returns the result. Throws ServiceError for a message to the sender; any other error is shown
   * to the sender only as an unknown error.
   */
  run(model: AsyncIterable<Uint8Array>, context: RunContext): Promise<ServiceResult>;
}

export interface RunContext {
  /** Aborted when the sender has closed, when the run takes too long, or when the provider closes. */
  readonly signal: AbortSignal;
  /** The request's Input-Type without quotes; null when it was not sent. */
  readonly inputType: string | null;
  /** The id of the run in logs. */
  readonly runId: string;
  /** The complete model as a file, which a short one becomes when this is read. Throws StoreError. */
  readonly modelPath: string;
  /** A folder of this run; it is removed after the result was sent. */
  readonly folder: string;
  /** Reports the progress of the run. */
  progress(progress: Progress): void;
  /** Epoch ms. */
  now(): number;
}

/** Percent (0 to 100), or null when unknown. */
export interface Progress {
  readonly percent: number | null;
  readonly label: string;
}

/** A result in the folder of its run. */
export interface ResultFile {
  readonly path: string;
  readonly bytes: number;
}

export interface ServiceResult {
  readonly fileName: string;
  readonly contentType: string;
  /** Schema name of the body (PROTOCOL 2). */
  readonly outputType: string;
  /** One line for a person; becomes Data-Title. */
  readonly title: string;
  readonly body: Uint8Array | ResultFile;
}

/** A failed run with a message for its sender; it is sent as `Output-Type: ERROR` (PROTOCOL 1.6). */
export class ServiceError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** What a provider reports to its operator, one event on each line of its log. It contains no secrets. */
export type ProviderEvent =
  | { event: 'registered' | 'denied' | 'login-refused'; client: string }
  | { event: 'allowed' | 'token-issued'; client: string; service: string }
  | { event: 'run'; client: string; service: string; bytes: number; ms: number; outputType: string }
  | { event: 'run-failed'; client: string; service: string; bytes: number; ms: number; reason: string }
  | { event: 'run-repeated'; service: string; reason: string }
  | { event: 'job'; service: string; ms: number; bytes: number; outcome: string; words: string }
  | { event: 'refused'; refusal: string }
  | { event: 'request'; method: string; path: string; status: number; ms: number; from: string }
  | { event: 'trouble'; reason: string };

/** An event and the request that it belongs to. */
export type LoggedEvent = ProviderEvent & { readonly requestId?: string };
