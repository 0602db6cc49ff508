// What the use-cases need from the outside world. `src/io` has one adapter for each; tests replace only the edges.

import type { DetectedModel, RefusedModel } from '../protocol/model-type.js';
import type { RegisteredClient } from '../protocol/registration.js';
import type { Recognized } from '../protocol/result-type.js';
import type { RunProgress, StreamText } from '../protocol/run-channel.js';
import type { OAuthEndpoints, Service } from '../protocol/service.js';
import type { ObtainedToken } from '../protocol/token.js';
import type { Secret } from '../secret.js';

/** Header fields in the order and spelling of the wire; values are already decoded to text (PROTOCOL 1.11, 10). */
export type HeaderFields = ReadonlyArray<readonly [name: string, value: string]>;

/** A small request whose reply is read whole: repositories, registration, token. */
export interface SmallRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  /** A string with exactly the header that `headers` names: nothing is added to it. */
  body?: string;
}

export interface SmallReply {
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

export interface ModelReply {
  status: number;
  headers: HeaderFields;
  /** Throws BimServiceError `result-incomplete` when the answer is cut, or came and the model never went out whole. */
  body: AsyncIterable<Uint8Array>;
}

/** HTTP without redirects, retries or cookies. Failures are BimServiceErrors with phase and outcome. */
export interface HttpClient {
  request(request: SmallRequest, signal: AbortSignal): Promise<SmallReply>;
  postModel(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
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

/** What a registration endpoint gave us, with the name and the address we gave it (PROTOCOL 1.2). */
export interface Registration extends RegisteredClient {
  clientName: string;
  /** The address we promised to listen on; the secret belongs to it (CASES B040). */
  redirectUri: string;
  /** The encoding that this token endpoint took last time. */
  tokenEncoding?: TokenEncoding;
  /** A login with it got no answer: the server may have forgotten it, so the next login registers anew (CASES B035). */
  doubtful?: true;
}

/** How the parameters of a token request are written. */
export type TokenEncoding = 'json' | 'form';

/** An access token with what came beside it. */
export type AccessToken = ObtainedToken;

/** Registrations are kept per server (three OAuth addresses), tokens per service (those and the resource address). */
export interface CredentialStore {
  /** Where the token of `service` is or would be kept, as `status` says it. */
  tokenSource(service: Service): Promise<RecordSource>;
  readRegistration(endpoints: OAuthEndpoints): Promise<Registration | null>;
  writeRegistration(endpoints: OAuthEndpoints, registration: Registration): Promise<void>;
  deleteRegistration(endpoints: OAuthEndpoints): Promise<boolean>;
  readToken(service: Service): Promise<AccessToken | null>;
  writeToken(service: Service, token: AccessToken): Promise<void>;
  deleteToken(service: Service): Promise<boolean>;
  /** Keeps other processes from changing the token of `service` until disposed. Readers need no lock. */
  lockToken(service: Service, signal: AbortSignal): Promise<AsyncDisposable>;
  /** Puts the asynchronous runs of `service` in a row: its server hears one at a time (PROTOCOL 1.7). */
  lockRuns(service: Service, signal: AbortSignal): Promise<AsyncDisposable>;
  /**
   * Throws where the credentials of `service` could not be kept: `store-not-writable`, or `store-damaged` where those
   * of a newer bimservice are in the way. Asked before a person is sent to a browser.
   */
  probe(service: Service): Promise<void>;
}

/** Texts under keys, each written whole or not at all. Failures are `store-not-writable` and `store-damaged`. */
export interface RecordStore {
  kindOf(key: string): Promise<RecordSource>;
  read(key: string): Promise<string | null>;
  write(key: string, text: string): Promise<void>;
  /** True when there was one. */
  remove(key: string): Promise<boolean>;
  /** Puts a damaged record out of the way without losing it, and says so in a sentence. */
  setAside(key: string): Promise<string>;
  lock(key: string, signal: AbortSignal): Promise<AsyncDisposable>;
  probe(): Promise<void>;
}

export interface StoredRepository {
  alias: string;
  /** URL or absolute path of a file. */
  location: string;
  /** Takes the place of the site address that its lists tell wrongly (PROTOCOL 1.1). */
  baseUrl?: string;
}

/** Settings that are not secret. */
export interface Config {
  repositories: StoredRepository[];
  /** The name this installation registers under; null until it has registered once. */
  clientName: string | null;
  /** Where credentials are kept. */
  store: StoreKind;
}

export type StoreKind = 'files' | 'keyring';

/** `bundle`: BIMSERVICE_CREDENTIALS or BIMSERVICE_CREDENTIALS_FILE. */
export type RecordSource = StoreKind | 'bundle';

export interface ConfigFile {
  readonly path: string;
  read(): Config;
  /** Changes what is stored, one process at a time. Throws BimServiceError `store-not-writable`. */
  update(change: (config: Config) => Config, signal: AbortSignal): Promise<void>;
}

/** Opens an address for a person. Rejects when no opener could be started; that is a note, not a failure. */
export interface Browser {
  open(url: string): Promise<void>;
}

/** What the callback page shows once the exchange is over. */
export interface CallbackVerdict {
  ok: boolean;
  /** Fixed texts only: nothing that a server or the address said is shown (CASES B017). */
  text: 'authorized' | 'denied' | 'failed';
}

/** A request to our redirect address that carried our state. */
export interface Callback {
  /** The query of the redirect, as sent. */
  parameters: URLSearchParams;
  /** Shows the page to the person; resolves when it is flushed or the browser is gone. */
  answer(verdict: CallbackVerdict): Promise<void>;
}

export interface CallbackListener extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/PATH`, as bound. */
  readonly redirectUri: string;
  /**
   * The first request that `isOurs` accepts (it looks at the state). Others are answered and told to `onStray`, never
   * fatal (CASES B005, B007, B010).
   */
  next(isOurs: (parameters: URLSearchParams) => boolean, signal: AbortSignal): Promise<Callback>;
}

/** Binds 127.0.0.1 only. `port` 0 asks the kernel. Throws BimServiceError `port-busy`. */
export type OpenListener = (options: {
  port: number;
  path: string;
  onStray: (reason: 'wrong-state') => void;
}) => Promise<CallbackListener>;

export interface Prompter {
  /** True where stdin and stderr are terminals and `--no-input` was not given. */
  readonly interactive: boolean;
  /** A line that may hold a secret; not echoed. */
  askSecret(question: string, signal: AbortSignal): Promise<string>;
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
  choose(question: string, choices: readonly string[], signal: AbortSignal): Promise<number>;
}

export interface Clock {
  /** Epoch ms. */
  now(): number;
}

export interface Random {
  /** `bytes` random bytes as base64url. */
  token(bytes: number): string;
}

/** The conversation on stderr. */
export interface Reporter {
  /** A line the person should read. Silent under `--quiet`. */
  info(line: string): void;
  /** A line that stays even under `--quiet`. */
  warn(line: string): void;
  /** What a person has to read or nothing goes on: stays under `--quiet`, too. */
  instruct(line: string): void;
  /** Shown under `--verbose`; secrets are redacted by value. */
  debug(line: string): void;
}

/** A model that is ready to be sent. */
export interface ModelSource extends AsyncDisposable {
  readonly path: string;
  /** Exact bytes that will be sent; null for a stream. */
  readonly length: number | null;
  readonly detected: DetectedModel | RefusedModel;
  /** True for a file: its body can be read again. A stream's is gone with the first reading. */
  readonly repeatable: boolean;
  /**
   * Throws `model-changed` when the file is not what it was when it was opened. A piece is whole until the second after it
   * is asked for; whoever keeps it longer has to copy it.
   */
  body(): AsyncIterable<Uint8Array>;
}

/** SHA-256 of a model as it passes. */
export interface ModelHash {
  /** Takes the next piece; after `hex`, nothing more. */
  update(piece: Uint8Array): void;
  /** Resolves when all pieces but the last are hashed: until then they have to stay as they are. */
  caughtUp(): Promise<void>;
  /** Of all pieces so far, in lower-case hex; null where it was lost. Ends the hash. */
  hex(): Promise<string | null>;
}

/** A form that carries a model as one of its parts (PROTOCOL 1.10). */
export interface FormUpload {
  /** With its boundary. */
  contentType: string;
  /** Bytes of the whole body; null where the model's are not known. */
  length: number | null;
  around(model: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** Where a result goes: a part beside its final name, a pipe, or stdout. */
export interface ResultTarget extends AsyncDisposable {
  write(chunk: Uint8Array): Promise<void>;
  /** What the bytes written so far are; null where they have gone through and cannot be read again. */
  inspect(): Promise<Inspection | null>;
  /** Gives the result its name. `fallbackName` is used where the person named no file. */
  commit(fallbackName: string): Promise<SavedResult>;
  /** Keeps a rejected body as `NAME.rejected`; null where it went through a pipe. */
  keepRejected(name: string): Promise<SavedResult | null>;
}

/** What the bytes of a result are. */
export interface Inspection extends Recognized {
  /** What makes it unusable, as the rest of a sentence; null when it is whole. */
  defect: string | null;
  warnings: string[];
}

export interface SavedResult {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}
