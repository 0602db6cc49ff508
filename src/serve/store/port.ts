// Where a provider keeps clients, consents, codes, tokens and users: small JSON records with compare-and-set.

/** What is kept. A key is unique within its kind. */
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
 * Every method rejects with `StoreError` where the store cannot do its work. A record whose time has come is as if it
 * had never been. Two processes that write one record at the same time never both succeed.
 */
export interface ServerStore extends AsyncDisposable {
  get(kind: RecordKind, key: string): Promise<StoredRecord | undefined>;
  /** False where the key is taken; then nothing changes. `expiresAt` is epoch ms; null: never. */
  create(kind: RecordKind, key: string, value: unknown, expiresAt: number | null): Promise<boolean>;
  /** Replaces the value, and keeps the expiry. False where the record has another revision, or is gone. */
  replace(kind: RecordKind, key: string, value: unknown, revision: number): Promise<boolean>;
  /** True for the one caller that removed it. */
  remove(kind: RecordKind, key: string): Promise<boolean>;
  /** Every record of a kind, in no promised order. */
  list(kind: RecordKind): Promise<StoredRecord[]>;
}

/** Why a store cannot do its work. */
export type StoreFault = 'full' | 'busy' | 'damaged' | 'newer' | 'not-writable' | 'missing' | 'failed';

/** `message` is for the operator; a client reads only that the server cannot work at the moment. */
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
