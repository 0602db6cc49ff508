// What the use-cases need of the credential store, and what is kept in it.
import type { CredentialBundle } from '../../protocol/oauth/credential-bundle.js';
import type { RegisteredClient } from '../../protocol/oauth/registration.js';
import type { ObtainedToken } from '../../protocol/oauth/token.js';
import type { OAuthEndpoints, Service } from '../../protocol/repository/service.js';

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
export interface AccessToken extends ObtainedToken {
  /** The client that it was issued to; absent where that is not known: only this client can refresh it (RFC 6749 6). */
  clientId?: string;
  /** The server has refused its refresh token (`invalid_grant`): only a new consent helps. */
  refreshRefused?: true;
}

/** Registrations are kept per server (three OAuth addresses), tokens per service (those and the resource address). */
export interface CredentialStore {
  /** Where the token of `service` is or would be kept, as `status` says it. */
  tokenSource(service: Service): Promise<RecordSource>;
  /** The client that the next login uses; with `clientId` that client, current or earlier. Null where it is not known. */
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
   * Keeps a token that `writeToken` could not store: for this run, and in a file of its own, whose path comes back (null
   * where no folder takes it).
   */
  rescueToken(service: Service, token: AccessToken): Promise<string | null>;
  /** Keeps other processes from registering at the same server until disposed. */
  lockRegistration(endpoints: OAuthEndpoints, signal: AbortSignal): Promise<AsyncDisposable>;
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
  /** `short`: its holder does one exchange or one save, and `store-not-writable` names one that has it for longer. */
  lock(key: string, signal: AbortSignal, wait?: 'short' | 'long'): Promise<AsyncDisposable>;
  /** Throws where a record (of `key`) could not be written. */
  probe(key?: string): Promise<void>;
}

export type StoreKind = 'files' | 'keyring';

/** `bundle`: BIMSERVICE_CREDENTIALS or BIMSERVICE_CREDENTIALS_FILE. */
export type RecordSource = StoreKind | 'bundle';

/** Where bundles come from, and where a refreshed token can be put back. */
export interface BundleSource {
  load(): Promise<CredentialBundle[]>;
  /** False where nothing can be written; the run goes on with what it has. */
  save(bundles: CredentialBundle[]): Promise<boolean>;
  lock(signal: AbortSignal): Promise<AsyncDisposable>;
}
