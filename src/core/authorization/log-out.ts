// Deletes what is stored for a service, and revokes its token when the server supports it.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { TokenPorts } from './obtain-token.js';
import { type Revocation, revokeToken } from './revoke-token.js';

export interface LoggedOut {
  revocation: Revocation;
  /** What existed and was removed. */
  removed: { token: boolean; registration: boolean };
}

/**
 * `registration`: also removes all clients of the server. Waits for a refresh in another process, which would store its
 * token after the removal. Throws `store-not-writable`.
 */
export async function logOut(
  { service, registration }: { service: Service; registration: boolean },
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<LoggedOut> {
  const { store } = ports;
  const { oauth } = service;
  await using _ = await lockWhereWritable(() => store.lockToken(service, signal), signal);
  const revocation = await revokeToken(service, ports, signal);
  const token = await store.deleteToken(service);
  if (!registration || oauth === null) return { revocation, removed: { token, registration: false } };
  await using __ = await lockWhereWritable(() => store.lockRegistration(oauth, signal), signal);
  return { revocation, removed: { token, registration: await store.deleteRegistration(oauth) } };
}

/** If no lock can be made, no process can write a token either; the removal then reports the fault of the store. */
export async function lockWhereWritable(
  lock: () => Promise<AsyncDisposable>,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  try {
    return await lock();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError) || error.code !== 'store-not-writable') throw error;
    return { async [Symbol.asyncDispose]() {} };
  }
}
