// The store of a provider for clients, consents, codes, tokens and users: small JSON records with compare-and-set.

/** A stored record. A key is unique within its kind. */
export type RecordKind = 'client' | 'consent' | 'code' | 'token' | 'user';

export interface StoredRecord {
  readonly key: string;
  /** Plain JSON, as it was written. */
  readonly value: unknown;
  /** Changes with each write of the record. */
  readonly revision: number;
  /** Epoch ms; null: never. */
  readonly expiresAt: number | null;
}

/**
 * Every method rejects with `StoreError` when the store fails. An expired record counts as absent. When two processes
 * write one record at the same time, only one succeeds.
 */
export interface ServerStore extends AsyncDisposable {
  get(kind: RecordKind, key: string): Promise<StoredRecord | undefined>;
  /** False when the key exists; nothing changes then. `expiresAt` is epoch ms; null: never. */
  create(kind: RecordKind, key: string, value: unknown, expiresAt: number | null): Promise<boolean>;
  /** Replaces the value and keeps the expiry. False when the record has another revision, or no longer exists. */
  replace(kind: RecordKind, key: string, value: unknown, revision: number): Promise<boolean>;
  /** True for the only caller that removed it. */
  remove(kind: RecordKind, key: string): Promise<boolean>;
  /** Every record of a kind, in any order. */
  list(kind: RecordKind): Promise<StoredRecord[]>;
}

/** Why a store fails. */
export type StoreFault = 'full' | 'busy' | 'damaged' | 'newer' | 'not-writable' | 'missing' | 'failed';

/** `message` is for the operator; a client only reads that the server cannot work at the moment. */
export class StoreError extends Error {
  constructor(
    readonly fault: StoreFault,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}
