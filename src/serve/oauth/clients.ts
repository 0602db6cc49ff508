// The registered programs.

import { readMembers } from '../store/members.js';
import type { ServerStore } from '../store/port.js';
import { type DialectName, dialectOf, isDialectName } from './dialect.js';
import { SECRET_BYTES, sameHash, sha256 } from './hash.js';
import { matchesRedirectUri, NO_REDIRECT_HOSTS, type RedirectHosts } from './redirect-uri.js';
import { UNUSED_LIMITS, UnusedClients, type UnusedLimits } from './unused-clients.js';

export interface Client {
  readonly id: string;
  readonly name: string;
  /** Null: a public client (RFC 6749 2.1). */
  readonly secretHash: string | null;
  readonly redirectUris: readonly string[];
  readonly dialect: DialectName;
  /** Epoch ms. */
  readonly registeredAt: number;
  /** False until its first token. */
  readonly isUsed: boolean;
}

export interface NewClient {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly isPublic: boolean;
  readonly dialect: DialectName;
}

export class Clients {
  readonly #unused: UnusedClients;

  /** `now` is epoch ms; `randomToken(bytes)` returns that many random bytes as base64url. */
  constructor(
    private readonly store: ServerStore,
    private readonly now: () => number,
    private readonly randomToken: (bytes: number) => string,
    unusedLimits: UnusedLimits = UNUSED_LIMITS,
  ) {
    this.#unused = new UnusedClients(store, now, unusedLimits);
  }

  /** Always a new client: knowing a name or an address must not give access to another client's secret. */
  async add({ isPublic, ...client }: NewClient): Promise<{ client: Client; secret: string | null }> {
    const secret = isPublic ? null : this.randomToken(SECRET_BYTES);
    const added: Client = {
      ...client,
      // Hex: an operator types it, and one that begins with a hyphen would be an option.
      id: Buffer.from(this.randomToken(16), 'base64url').toString('hex'),
      secretHash: secret === null ? null : sha256(secret),
      registeredAt: this.now(),
      isUsed: false,
    };
    await this.store.create('client', added.id, added, this.now() + dialectOf(added).registrationMs);
    await this.#unused.limit();
    return { client: added, secret };
  }

  async find(id: string): Promise<Client | undefined> {
    const record = await this.store.get('client', id);
    return record === undefined ? undefined : readClient(record.value);
  }

  /** Before it gets a token: from now on it is not one of those that were never used. */
  async use({ id, isUsed }: Client): Promise<void> {
    if (isUsed) return;
    const record = await this.store.get('client', id);
    if (record === undefined || readClient(record.value)?.isUsed !== false) return;
    // Where another one was faster, it has marked or removed the client.
    await this.store.replace('client', id, { ...readMembers(record.value), isUsed: true }, record.revision);
  }

  async list(): Promise<Client[]> {
    const clients = (await this.store.list('client')).flatMap(({ value }) => readClient(value) ?? []);
    return clients.sort((a, b) => a.registeredAt - b.registeredAt);
  }

  /** Its tokens end with it, because a token is valid only while its client exists. False when there is none. */
  revoke(id: string): Promise<boolean> {
    return this.store.remove('client', id);
  }
}

function readClient(value: unknown): Client | undefined {
  const { id, name, secretHash, redirectUris, dialect, registeredAt, isUsed } = readMembers(value);
  if (typeof id !== 'string' || typeof name !== 'string' || typeof registeredAt !== 'number')
    return undefined;
  if (typeof secretHash !== 'string' && secretHash !== null) return undefined;
  if (!Array.isArray(redirectUris) || !isDialectName(dialect)) return undefined;
  return {
    id,
    name,
    secretHash,
    redirectUris: redirectUris.map(String),
    dialect,
    registeredAt,
    isUsed: isUsed !== false,
  };
}

/** True when `secret` is the client's secret; never for a public client. */
export function hasSecret(client: Client, secret: string): boolean {
  return client.secretHash !== null && sameHash(client.secretHash, sha256(secret));
}

/**
 * The redirect address to use: `requested`, if it matches a registered one; the only registered one, if none is requested.
 * An empty text for a client without a redirect.
 */
export function chooseRedirectUri(
  client: Client,
  requested: string | undefined,
  redirectHosts: RedirectHosts,
): string | undefined {
  const dialect = dialectOf(client);
  if (dialect.consent !== 'redirect') return '';
  const [only, ...others] = client.redirectUris;
  const uri = requested ?? (others.length === 0 ? only : undefined);
  const rules = {
    loopbackPortMayDiffer: dialect.loopbackPortMayDiffer,
    queryMayDiffer: dialect.redirectQueryMayDiffer,
    hosts: dialect.redirectHostsMayBeAllowed ? redirectHosts : NO_REDIRECT_HOSTS,
  };
  if (uri === undefined) return undefined;
  return client.redirectUris.some((registered) => matchesRedirectUri(registered, uri, rules))
    ? uri
    : undefined;
}
