// The settings of this installation; no setting is secret.
import type { StoreKind } from './credentials.js';

export interface StoredRepository {
  alias: string;
  /** A URL, or the absolute path of a file. */
  location: string;
  /** Replaces the wrong site address in its lists (PROTOCOL 1.1). */
  baseUrl?: string;
}

/** Settings that are not secret. */
export interface Config {
  repositories: StoredRepository[];
  /** The name under which this installation registers; null before its first registration. */
  clientName: string | null;
  /** Where credentials are stored. */
  store: StoreKind;
  /** A person hears of a newer version. */
  updateNotice: boolean;
}

export interface ConfigFile {
  readonly path: string;
  read(): Config;
  /** Changes the stored settings, one process at a time. Throws BimServiceError `store-not-writable`. */
  update(change: (config: Config) => Config, signal: AbortSignal): Promise<void>;
}
