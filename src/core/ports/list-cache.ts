// The cache of lists, so that `list` works without a network.

/** A list as it was last read well. */
export interface CachedList {
  body: Uint8Array;
  contentType: string | null;
  etag: string | null;
  lastModified: string | null;
  /** Epoch ms of the last answer that said it is current. */
  checkedAt: number;
}

/** Best effort: neither rejects, since a cache that fails costs only time. */
export interface ListCache {
  /** Null when there is none, or none that can be trusted. */
  read(url: string): Promise<CachedList | null>;
  write(url: string, list: CachedList): Promise<void>;
}
