// Deletes all that is stored, and revokes each token where its server supports it: also of services that no list names.

import { mapAtOnce } from '../../at-once.js';
import { BimServiceError } from '../../errors.js';
import { createCredentialStore } from '../credentials/credential-store.js';
import { type StoredRegistration, type StoredToken, storedServices } from '../credentials/stored-services.js';
import type { RecordStore } from '../ports/credentials.js';
import { lockWhereWritable } from './log-out.js';
import type { TokenPorts } from './obtain-token.js';
import { type Revocation, revokeToken } from './revoke-token.js';

/** Servers that do not respond make the others wait only a little. */
const AT_ONCE = 8;

export interface RemovedToken extends Pick<StoredToken, 'name' | 'resourceUrl'> {
  removed: boolean;
  revocation: Revocation;
  /** Why it was not removed, or why a server that supports revocation did not revoke it. */
  error: BimServiceError | null;
}

export interface RemovedRegistration extends Pick<StoredRegistration, 'endpoints'> {
  removed: boolean;
  /** Why it was not removed. */
  error: BimServiceError | null;
}

export interface LoggedOutOfAll {
  tokens: RemovedToken[];
  registrations: RemovedRegistration[];
  /** How many copies of damaged credentials were removed. */
  copies: number;
}

/**
 * Empties `records`. One failure does not stop the others: it is the `error` of its member. Throws when nothing can be
 * listed (`store-damaged`, `store-not-writable`) and when it is aborted.
 */
export async function logOutOfAll(
  records: RecordStore,
  ports: Omit<TokenPorts, 'store'>,
  signal: AbortSignal,
): Promise<LoggedOutOfAll> {
  const { reporter } = ports;
  const withStore = { ...ports, store: createCredentialStore(records, (line) => reporter.warn(line)) };
  const remove = async (key: string): Promise<{ removed: boolean; error: BimServiceError | null }> => {
    try {
      return { removed: await records.remove(key), error: null };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BimServiceError)) throw error;
      return { removed: false, error };
    }
  };
  /** Waits for a refresh in another process, which would store its token after the removal. */
  const locked = async <T extends object>(key: string, work: () => Promise<T>) => {
    try {
      await using _ = await lockWhereWritable(() => records.lock(key, signal), signal);
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BimServiceError)) throw error;
      return { removed: false, error };
    }
  };
  const stored = await storedServices(records);
  const tokens = await mapAtOnce(stored.tokens, AT_ONCE, async ({ key, name, resourceUrl, service }) => {
    let revocation: Revocation = { revoked: false, supported: false, error: null };
    const outcome = await locked(key, async () => {
      if (service !== null) revocation = await revokeToken(service, withStore, signal);
      const { removed, error } = await remove(key);
      return { removed, error: error ?? (revocation.supported ? revocation.error : null) };
    });
    return { name, resourceUrl, revocation, ...outcome };
  });
  // After all tokens: a server revokes a token only for the client that it was issued to.
  const registrations: RemovedRegistration[] = [];
  for (const { key, endpoints } of stored.registrations)
    registrations.push({ endpoints, ...(await locked(key, () => remove(key))) });
  return { tokens, registrations, copies: await records.removeCopies() };
}
