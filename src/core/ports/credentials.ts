// The credential store that the use-cases need, and its content.
import type { CredentialBundle } from '../../protocol/oauth/credential-bundle.js';
import type { RegisteredClient } from '../../protocol/oauth/registration.js';
import type { ObtainedToken } from '../../protocol/oauth/token.js';
import type { OAuthEndpoints, Service } from '../../protocol/repository/service.js';

/** The response of a registration endpoint, with the name and the address that we sent (PROTOCOL 1.2). */
export interface Registration extends RegisteredClient {
  clientName: string;
  /** The registered address of our listener; the secret belongs to it (CASES B040). */
  redirectUri: string;
  /** The encoding that this token endpoint accepted last time. */
  tokenEncoding?: TokenEncoding;
  /** A login with it got no callback: the server may have forgotten it, so the next login registers again (CASES B035). */
  doubtful?: true;
}

/** The encoding of the parameters of a token request. */
export type TokenEncoding = 'json' | 'form';

/** An access token with what came with it. */
export interface AccessToken extends ObtainedToken {
  /** The client that it was issued to; absent when unknown. Only this client can refresh it (RFC 6749 6). */
  clientId?: string;
  /** The server has refused its refresh token (`invalid_grant`): only a new consent helps. */
  refreshRefused?: true;
  /** When the service last refused it with a 401, in epoch ms; absent when it did not, or accepted it later. */
  refusedAt?: number;
}

/** Registrations are stored per server (three OAuth addresses), tokens per service (those and the resource address). */
export interface CredentialStore {
  /** Where the token of `service` is or would be stored, for `status`. */
  tokenSource(service: Service): Promise<RecordSource>;
  /** The client that the next login uses; with `clientId` that client, current or earlier. Null when it is not known. */
  readRegistration(endpoints: OAuthEndpoints, clientId?: string): Promise<Registration | null>;
  /** All clients that are known at the server, the current one first. */
  readRegistrations(endpoints: OAuthEndpoints): Promise<Registration[]>;
  /** Makes `registration` the current one. Earlier ones stay: tokens belong to them. Call it under `lockRegistration`. */
  writeRegistration(endpoints: OAuthEndpoints, registration: Registration): Promise<void>;
  /** Replaces the stored client of the same id, current or earlier; where it is gone, nothing happens. */
  updateRegistration(endpoints: OAuthEndpoints, registration: Registration): Promise<void>;
  /** Removes all clients of the server. */
  deleteRegistration(endpoints: OAuthEndpoints): Promise<boolean>;
  readToken(service: Service): Promise<AccessToken | null>;
  writeToken(service: Service, token: AccessToken): Promise<void>;
  deleteToken(service: Service): Promise<boolean>;
  /**
   * Keeps a token that `writeToken` could not store: for this run, and in a file of its own. Returns its path; null when
   * no folder can be written.
   */
  rescueToken(service: Service, token: AccessToken): Promise<string | null>;
  /** Prevents other processes from registering at the same server until it is disposed. */
  lockRegistration(endpoints: OAuthEndpoints, signal: AbortSignal): Promise<AsyncDisposable>;
  /** Prevents other processes from changing the token of `service` until it is disposed. Readers need no lock. */
  lockToken(service: Service, signal: AbortSignal): Promise<AsyncDisposable>;
  /** Runs the asynchronous runs of `service` in sequence: its server sends the result only to the last listener (PROTOCOL 1.7). */
  lockRuns(service: Service, signal: AbortSignal): Promise<AsyncDisposable>;
  /** When the websocket at `url` was found silent, in epoch ms; null when it was not, as far as is known. */
  readSilence(url: string): Promise<number | null>;
  /** `at`: epoch ms; null: it is not silent. */
  writeSilence(url: string, at: number | null): Promise<void>;
  /**
   * Throws when the credentials of `service` could not be stored: `store-not-writable`, or `store-damaged` when those of a
   * newer bimservice are stored. Called before a browser is opened.
   */
  probe(service: Service): Promise<void>;
}

/** Texts under keys; each is written completely or not at all. Failures are `store-not-writable` and `store-damaged`. */
export interface RecordStore {
  kindOf(key: string): Promise<RecordSource>;
  read(key: string): Promise<string | null>;
  write(key: string, text: string): Promise<void>;
  /** True when there was one. */
  remove(key: string): Promise<boolean>;
  /** The keys of all tokens and registrations that are stored, also damaged ones, in alphabetical order. */
  keys(): Promise<string[]>;
  /** Removes the copies of damaged records, which may hold secrets; their number. */
  removeCopies(): Promise<number>;
  /** Moves a damaged record aside without losing it, and returns a sentence that says where. */
  setAside(key: string): Promise<string>;
  /** `short`: its holder does one exchange or one save, and `store-not-writable` names one that has it for longer. */
  lock(key: string, signal: AbortSignal, wait?: 'short' | 'long'): Promise<AsyncDisposable>;
  /** Throws where a record (of `key`) could not be written. */
  probe(key?: string): Promise<void>;
}

export type StoreKind = 'files' | 'keyring';

/** `bundle`: BIMSERVICE_CREDENTIALS or BIMSERVICE_CREDENTIALS_FILE. `own`: a store of the caller of the library. */
export type RecordSource = StoreKind | 'bundle' | 'own';

/** A source of bundles, to which a refreshed token can be written back. */
export interface BundleSource {
  load(): Promise<CredentialBundle[]>;
  /** False when nothing can be written; the run continues with what it has. */
  save(bundles: CredentialBundle[]): Promise<boolean>;
  lock(signal: AbortSignal): Promise<AsyncDisposable>;
}
