// What the use-cases need of the network: small requests, the model's POST, and the websocket of a run.
import type { RunProgress, StreamText } from '../../protocol/invocation/run-channel.js';
import type { HeaderFields } from '../../protocol/text/headers.js';
import type { Secret } from '../../secret.js';

/** A small request whose response is read whole: repositories, registration, token. */
export interface SmallRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  /** A string with exactly the header that `headers` names: nothing is added to it. */
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
  /** Bytes; null for a stream of unknown length, which is sent chunked. */
  length: number | null;
  /** Longest wait for an answer after the model is sent, in ms; null waits for ever. */
  waitMs: number | null;
  onProgress: (progress: TransferProgress) => void;
}

export type TransferProgress =
  | { phase: 'connect' }
  | { phase: 'upload'; bytes: number; total: number | null }
  /** `run`: what the service says of its work, where it does (PROTOCOL 1.7). */
  | { phase: 'wait'; run?: RunProgress }
  | { phase: 'download'; bytes: number; total: number | null };

export interface ModelResponse {
  status: number;
  headers: HeaderFields;
  /** Throws BimServiceError `result-incomplete` when the answer is cut, or came and the model never went out whole. */
  body: AsyncIterable<Uint8Array>;
}

/** HTTP without redirects, retries or cookies. Failures are BimServiceErrors with phase and outcome. */
export interface HttpClient {
  request(request: SmallRequest, signal: AbortSignal): Promise<SmallResponse>;
  postModel(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse>;
  openRunChannel(request: ChannelRequest, signal: AbortSignal): Promise<RunChannel>;
}

export interface ChannelRequest {
  /** ws or wss. */
  url: string;
  /** The same as in the POST: the server joins the two by it. */
  token: Secret;
}

/** `binary`: the body of the result that the last `output` announced. `lost`: nothing more will come. */
export type ChannelEvent =
  | Exclude<StreamText, { kind: 'other' }>
  | { kind: 'binary'; pieces: Uint8Array[] }
  | { kind: 'lost'; why: string };

/** A websocket on which a service tells how a run is getting on, and hands over the result (PROTOCOL 1.7). */
export interface RunChannel extends AsyncDisposable {
  /** The next event, from the beginning; after `lost`, always that. Throws the signal's reason. */
  next(signal: AbortSignal): Promise<ChannelEvent>;
}

/** A further part of a form: a text, or the file of this path. */
export type FormField = { name: string; text: string } | { name: string; file: string };

/** A form that carries a model as one of its parts (PROTOCOL 1.10). */
export interface FormUpload {
  /** With its boundary. */
  contentType: string;
  /** Bytes of the whole body; null where the model's are not known. */
  length: number | null;
  around(model: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}
