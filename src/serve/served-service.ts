// What a provider serves: a service, what it is given for a run, and what it gives back.

/** One service of the provider. `id` is a slug; it is the last part of the service's resource address. */
export interface ServedService {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Schema names (PROTOCOL 2). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Reads the model once and answers. Throws ServiceError for what the sender should read; anything else it throws
   * is shown to the sender as an unknown error only.
   */
  run(model: AsyncIterable<Uint8Array>, context: RunContext): Promise<ServiceResult>;
}

export interface RunContext {
  /** Aborted when the sender is gone or the provider closes. */
  readonly signal: AbortSignal;
  /** The request's Input-Type without the quotes some clients put around it; null when it was not sent. */
  readonly inputType: string | null;
  /** Epoch ms. */
  now(): number;
}

export interface ServiceResult {
  readonly fileName: string;
  readonly contentType: string;
  /** Schema name of the body (PROTOCOL 2). */
  readonly outputType: string;
  /** One line for a person; becomes Data-Title. */
  readonly title: string;
  readonly body: Uint8Array;
}

/** A failure of a run that its sender should read; goes out as `Output-Type: ERROR` (PROTOCOL 1.6). */
export class ServiceError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** What a provider tells its owner, one event a line of its log. No secret is ever in one. */
export type ProviderEvent =
  | { event: 'registered'; client: string }
  | { event: 'denied'; client: string }
  | { event: 'allowed' | 'token-issued'; client: string; service: string }
  | { event: 'run'; client: string; service: string; bytes: number; ms: number; outputType: string }
  | { event: 'run-failed'; client: string; service: string; bytes: number; ms: number; reason: string }
  | { event: 'refused'; method: string; path: string; status: number };
