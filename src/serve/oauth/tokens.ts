// Access tokens: each belongs to one client, one service and, with logins, to one user.

import { readMembers } from '../store/members.js';
import type { ServerStore } from '../store/port.js';
import type { Client, Clients } from './clients.js';
import { dialectOf } from './dialect.js';
import { SECRET_BYTES, sha256Hex } from './hash.js';

export interface Grant {
  readonly client: Client;
  readonly serviceId: string;
  readonly user: string | null;
}

/** A token in the view of an operator. */
export interface TokenEntry {
  /** The SHA-256 of the token in hex: it identifies the token but cannot be used as one. */
  readonly key: string;
  readonly clientId: string;
  readonly serviceId: string;
  readonly user: string | null;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export class Tokens {
  /** `lifeMs` is the lifetime of a token; null: that of the client's dialect. */
  constructor(
    private readonly store: ServerStore,
    private readonly clients: Clients,
    private readonly now: () => number,
    private readonly randomToken: (bytes: number) => string,
    private readonly lifeMs: number | null,
  ) {}

  /** How long a token of this client lives, ms. */
  lifeOf(client: Pick<Client, 'dialect'>): number {
    return this.lifeMs ?? dialectOf(client).tokenMs;
  }

  /** The name of a token in the store. */
  static keyOf(token: string): string {
    return sha256Hex(token);
  }

  async issue({ client, serviceId, user }: Grant): Promise<{ token: string; key: string }> {
    await this.clients.use(client);
    const token = this.randomToken(SECRET_BYTES);
    const key = sha256Hex(token);
    const grant = { clientId: client.id, serviceId, user };
    await this.store.create('token', key, grant, this.now() + this.lifeOf(client));
    return { token, key };
  }

  /**
   * The grant of a token; undefined when it is unknown, expired or revoked, or when its client or user no longer exists.
   */
  async find(token: string): Promise<Grant | undefined> {
    const record = await this.store.get('token', sha256Hex(token));
    const entry = record === undefined ? undefined : readEntry(record.key, record.value, record.expiresAt);
    if (entry === undefined) return undefined;
    const client = await this.clients.find(entry.clientId);
    if (client === undefined) return undefined;
    if (entry.user !== null && (await this.store.get('user', entry.user)) === undefined) return undefined;
    return { client, serviceId: entry.serviceId, user: entry.user };
  }

  async list(): Promise<TokenEntry[]> {
    const records = await this.store.list('token');
    return records
      .flatMap(({ key, value, expiresAt }) => readEntry(key, value, expiresAt) ?? [])
      .sort((a, b) => a.expiresAt - b.expiresAt);
  }

  /** False when there is no such token. */
  revokeKey(key: string): Promise<boolean> {
    return this.store.remove('token', key);
  }
}

function readEntry(key: string, value: unknown, expiresAt: number | null): TokenEntry | undefined {
  const { clientId, serviceId, user } = readMembers(value);
  if (typeof clientId !== 'string' || typeof serviceId !== 'string' || expiresAt === null) return undefined;
  return { key, clientId, serviceId, user: typeof user === 'string' ? user : null, expiresAt };
}
