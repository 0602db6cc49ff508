// The settings of this installation that are not secret.
import type { StoreKind } from './credentials.js';

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

export interface ConfigFile {
  readonly path: string;
  read(): Config;
  /** Changes what is stored, one process at a time. Throws BimServiceError `store-not-writable`. */
  update(change: (config: Config) => Config, signal: AbortSignal): Promise<void>;
}
