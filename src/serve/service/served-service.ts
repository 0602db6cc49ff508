// What a provider serves: a service, what it is given for a run, and what comes of it.

/** One service of the provider. `id` is a slug; it is the last part of the service's resource address. */
export interface ServedService {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Schema names (PROTOCOL 2). Empty: any. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Largest model, bytes. */
  readonly maxBytes?: number;
  /** How many runs at the same time; 1 where it is not said. */
  readonly concurrency?: number;
  /**
   * Reads the model once and returns the result. Throws ServiceError for what the sender should read; anything else it
   * throws is shown to the sender as an unknown error only.
   */
  run(model: AsyncIterable<Uint8Array>, context: RunContext): Promise<ServiceResult>;
}

export interface RunContext {
  /** Aborted when the sender is gone, when the run takes too long, or when the provider closes. */
  readonly signal: AbortSignal;
  /** The request's Input-Type without the quotes some clients put around it; null when it was not sent. */
  readonly inputType: string | null;
  /** Names the run in logs. */
  readonly runId: string;
  /** The model as a file, whole. */
  readonly modelPath: string;
  /** A folder of this run; it is removed after the result was sent. */
  readonly folder: string;
  /** Reports how far the run is. */
  progress(progress: Progress): void;
  /** Epoch ms. */
  now(): number;
}

/** Percent (0 to 100), or null where it is not known. */
export interface Progress {
  readonly percent: number | null;
  readonly label: string;
}

/** A result that lies in the folder of its run. */
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

/** A failure of a run that its sender should read; is sent as `Output-Type: ERROR` (PROTOCOL 1.6). */
export class ServiceError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** What a provider reports to its operator, one event a line of its log. No secret is ever in one. */
export type ProviderEvent =
  | { event: 'registered' | 'denied' | 'login-refused'; client: string }
  | { event: 'allowed' | 'token-issued'; client: string; service: string }
  | { event: 'run'; client: string; service: string; bytes: number; ms: number; outputType: string }
  | { event: 'run-failed'; client: string; service: string; bytes: number; ms: number; reason: string }
  | { event: 'refused'; method: string; path: string; status: number }
  | { event: 'request'; method: string; path: string; status: number; ms: number; from: string }
  | { event: 'trouble'; reason: string };

/** An event and the request that it belongs to. */
export type LoggedEvent = ProviderEvent & { readonly requestId?: string };
