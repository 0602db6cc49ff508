// The network as the use-cases need it: small requests, the POST of a model, and the websocket of a run.
import type { RunProgress, StreamText } from '../../protocol/invocation/run-channel.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import type { Secret } from '../../secret.js';

/** A small request whose response is read completely: repositories, registration, token. */
export interface SmallRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  /** The body, sent with exactly the headers in `headers`. */
  body?: string;
}

export interface SmallResponse {
  status: number;
  headers: HeaderFields;
  body: Uint8Array;
}

export interface ModelRequest {
  url: string;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
  /** The size in bytes; null for a stream of unknown length, which is sent in chunks. */
  length: number | null;
  /** The longest wait for a response after the model is sent, in ms; null: no limit. */
  waitMs: number | null;
  onProgress: (progress: TransferProgress) => void;
  /** A line about a response that breaks the rules, and is used nevertheless. */
  onWarning: (line: string) => void;
}

export type TransferProgress =
  | { phase: 'connect' }
  | { phase: 'upload'; bytes: number; total: number | null }
  /** `run`: the progress that the service reports, if it does (PROTOCOL 1.7). */
  | { phase: 'wait'; run?: RunProgress }
  | { phase: 'download'; bytes: number; total: number | null };

export interface ModelResponse {
  status: number;
  headers: HeaderFields;
  /** Throws BimServiceError `result-incomplete` when the response is cut, or came before the whole model was sent. */
  body: AsyncIterable<Uint8Array>;
  /** Ends a body that is of no use: a short one is read, of a longer or slower one the connection is closed. */
  discard(): Promise<void>;
}

/** HTTP without redirects, retries or cookies. Failures are BimServiceErrors with phase and outcome. */
export interface HttpClient {
  request(request: SmallRequest, signal: AbortSignal): Promise<SmallResponse>;
  postModel(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse>;
  openRunChannel(request: ChannelRequest, signal: AbortSignal): Promise<RunChannel>;
}

export interface ChannelRequest {
  /** A ws or wss address. */
  url: string;
  /** The token of the POST: the server connects the two by it. */
  token: Secret;
}

/** `binary`: the body of the result that the last `output` announced. `lost`: no more events follow. */
export type ChannelEvent =
  | Exclude<StreamText, { kind: 'other' }>
  | { kind: 'binary'; pieces: Uint8Array[] }
  | { kind: 'lost'; why: string };

/** A websocket on which a service reports the progress of a run and sends its result (PROTOCOL 1.7). */
export interface RunChannel extends AsyncDisposable {
  /** The next event, in order; after `lost` always `lost`. Throws the signal's reason. */
  next(signal: AbortSignal): Promise<ChannelEvent>;
}

/** A further field of a form: a text, or the file with this path. */
export type FormField = { name: string; text: string } | { name: string; file: string };

/** A form that contains a model as one of its fields (PROTOCOL 1.10). */
export interface FormUpload {
  /** The content type with its boundary. */
  contentType: string;
  /** The size of the whole body in bytes; null when the size of the model is unknown. */
  length: number | null;
  around(model: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}
