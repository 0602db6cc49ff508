// A bounded map whose entries end: the provider's memory of clients, consents, codes and tokens.

/** Holds at most `limit` entries: where one too many comes, those that have expired go first, then the oldest. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();

  constructor(
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  /** `expiresAt` is epoch ms. */
  set(key: string, value: V, expiresAt: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.limit) this.#makeRoom();
    this.#entries.set(key, { value, expiresAt });
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.now() < entry.expiresAt) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #makeRoom(): void {
    const now = this.now();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt <= now) this.#entries.delete(key);
    }
    for (const key of this.#entries.keys()) {
      if (this.#entries.size < this.limit) return;
      this.#entries.delete(key);
    }
  }
}
