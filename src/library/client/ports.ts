// What the functions of the library need of the world. The command line and `createClient` each make one.

import type { EnvironmentTokenUse, TokenTarget } from '../../core/authorization/environment-token.js';
import type { ConfigFile } from '../../core/ports/config.js';
import type { BundleSource, CredentialStore, RecordStore } from '../../core/ports/credentials.js';
import type { HttpClient } from '../../core/ports/http.js';
import type { ListCache } from '../../core/ports/list-cache.js';
import type { OpenListener } from '../../core/ports/login.js';
import type { Clock, Random } from '../../core/ports/system.js';
import type { Reporter } from '../../core/ports/terminal.js';
import type { RepositorySource } from '../../core/repository/read-source.js';

/** The lists of services in use. */
export interface Repositories {
  /** Throws `usage`. */
  sources(): RepositorySource[];
  /** True when no list is named, so that the public one is read. */
  isDefault(): boolean;
  /** True when the caller names a list, so that one that fails is an error. */
  isNamed(): boolean;
}

/** The process and its place. */
export interface Place {
  /** Relative paths begin here. It may throw where the folder is gone. */
  readonly cwd: string;
  /** The file mode mask of the process. */
  readonly umask: number;
  readonly pid: number;
  /** True when a process with that id runs on this machine. */
  isAlive(pid: number): boolean;
}

export interface Ports {
  readonly place: Place;
  readonly version: string;
  /** Aborted with a BimServiceError. */
  readonly signal: AbortSignal;
  /** True: plain http to other machines is allowed. */
  readonly insecure: boolean;
  readonly repositories: Repositories;
  readonly store: CredentialStore;
  /** The records of a store that can be listed with one look; null for any other. */
  readonly listed: RecordStore | null;
  readonly config: ConfigFile;
  readonly listCache: ListCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
  readonly openListener: OpenListener;
  /** Exported credentials, and what they are called in messages; null when there are none. */
  readonly given: { source: BundleSource; name: string } | null;
  /** The stdin of the program, for a list or a model; null for a caller without one. */
  readonly stdin: AsyncIterable<Uint8Array> | null;
  /** Loaded at its first use. */
  http(): Promise<HttpClient>;
  /** How `service` uses a token that is given and not stored; null when none is given. Throws `usage`. */
  givenToken(service: TokenTarget): EnvironmentTokenUse | null;
}
