// What the use-cases need from the outside world. `src/io` has one adapter for each; tests replace only the edges.

import type { OAuthEndpoints, Service } from '../protocol/service.js';
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
  | { phase: 'wait' }
  | { phase: 'download'; bytes: number; total: number | null };

export interface ModelReply {
  status: number;
  headers: HeaderFields;
  /** Throws BimServiceError `result-incomplete` when the answer is cut. */
  body: AsyncIterable<Uint8Array>;
  /** False when the answer came before all of the model had been sent. */
  modelSent: boolean;
}

/** HTTP without redirects, retries or cookies. Failures are BimServiceErrors with phase and outcome. */
export interface HttpClient {
  request(request: SmallRequest, signal: AbortSignal): Promise<SmallReply>;
  postModel(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
}

/** What a registration endpoint gave us, with the address we promised to listen on (PROTOCOL 1.2). */
export interface Registration {
  clientId: string;
  /** Null for a public client. */
  clientSecret: Secret | null;
  clientName: string;
  redirectUri: string;
  /** Epoch ms; null when the server did not say. */
  issuedAt: number | null;
  expiresAt: number | null;
  /** The encoding that this token endpoint took last time. */
  tokenEncoding?: TokenEncoding;
}

export type TokenEncoding = 'json' | 'form';

export interface AccessToken {
  accessToken: Secret;
  refreshToken: Secret | null;
  /** Epoch ms by our own clock at the time of the answer; null when unknown. */
  expiresAt: number | null;
  obtainedAt: number;
  /** Where to post, when the token answer said so: it wins over the repository's resourceUrl (PROTOCOL 1.4). */
  resourceUrl: string | null;
}

/** Registrations are kept per server (three OAuth addresses), tokens per service (those and the resource address). */
export interface CredentialStore {
  readRegistration(endpoints: OAuthEndpoints): Promise<Registration | null>;
  writeRegistration(endpoints: OAuthEndpoints, registration: Registration): Promise<void>;
  deleteRegistration(endpoints: OAuthEndpoints): Promise<boolean>;
  readToken(service: Service): Promise<AccessToken | null>;
  writeToken(service: Service, token: AccessToken): Promise<void>;
  deleteToken(service: Service): Promise<boolean>;
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
  /** Shown under `--verbose`; secrets are redacted by value. */
  debug(line: string): void;
}
