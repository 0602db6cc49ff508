// Keeps the registrations that never got a token few: anyone may register, and a flood from many addresses must not fill the store.

import { readMembers } from '../store/members.js';
import type { ServerStore, StoredRecord } from '../store/port.js';

export interface UnusedLimits {
  /** About this many are kept; the oldest go first. */
  readonly most: number;
  /** Those that are older, ms, go too. A BIMserver registers once for ever, and its person may take a while. */
  readonly ageMs: number;
  /** The store is looked through after this many registrations, or a tenth of what it has: the list may be long. */
  readonly lookEach: number;
}

/** Half of what the store in memory keeps of a kind, so that it has no need to remove a client that is used. */
export const UNUSED_LIMITS: UnusedLimits = { most: 5000, ageMs: 90 * 24 * 3600 * 1000, lookEach: 100 };

export class UnusedClients {
  #untilLook = 0;

  /** `now` is epoch ms. */
  constructor(
    private readonly store: ServerStore,
    private readonly now: () => number,
    private readonly limits: UnusedLimits,
  ) {}

  /** To call after each registration; sometimes removes others. What cannot be removed now is removed by a later call. */
  async limit(): Promise<void> {
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return;
    this.#untilLook = this.limits.lookEach;
    await this.#look().catch(() => {});
  }

  async #look(): Promise<void> {
    const records = await this.store.list('client');
    this.#untilLook = Math.max(this.limits.lookEach, Math.ceil(records.length / 10));
    const unused = records.filter(isUnused).sort((a, b) => registeredAt(a) - registeredAt(b));
    const tooMany = unused.length - this.limits.most;
    const tooOld = this.now() - this.limits.ageMs;
    for (const [index, record] of unused.entries()) {
      if (index < tooMany || registeredAt(record) < tooOld) await this.#remove(record);
    }
  }

  /** A client that gets its token in this moment has another revision, and stays. */
  async #remove({ key, revision }: StoredRecord): Promise<void> {
    if (await this.store.replace('client', key, {}, revision)) await this.store.remove('client', key);
  }
}

/** An older program wrote no such member: its clients may be used. */
function isUnused({ value }: StoredRecord): boolean {
  return readMembers(value).isUsed === false;
}

function registeredAt({ value }: StoredRecord): number {
  return Number(readMembers(value).registeredAt);
}
