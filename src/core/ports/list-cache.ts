// The cache of lists, so that `list` works without a network.

/** A list as it was last read without an error. */
export interface CachedList {
  body: Uint8Array;
  contentType: string | null;
  etag: string | null;
  lastModified: string | null;
  /** Epoch ms of the last response that confirmed the list. */
  checkedAt: number;
}

/** Best effort: neither function rejects, because a failing cache only costs time. */
export interface ListCache {
  /** Null when there is no copy, or no copy that can be trusted. */
  read(url: string): Promise<CachedList | null>;
  write(url: string, list: CachedList): Promise<void>;
}
