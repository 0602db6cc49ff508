// A stored client of an earlier login: whether its server still knows it, and the port that it has there.
import { BimServiceError } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { OAuthEndpoints } from '../../protocol/repository/service.js';
import type { Registration } from '../ports/credentials.js';
import {
  endpointsOf,
  portOf,
  type RegisterInput,
  type RegisterPorts,
  requestRegistration,
} from './register.js';

/**
 * The registration as its server has it now, where that kind of server can say it: one that was wiped makes a new client of the same
 * address. `isNew`: the server did not know the stored one. When the server cannot be asked, the stored one is used.
 */
export async function confirmed(
  registration: Registration,
  { service, client }: Pick<RegisterInput, 'service' | 'client'>,
  ports: RegisterPorts,
  signal: AbortSignal,
): Promise<{ registration: Registration; isNew: boolean }> {
  if (!dialectOf(service).confirmsClients) return { registration, isNew: false };
  const { redirectUri, clientName, clientId, clientSecret } = registration;
  try {
    const input = { service, client: { ...client, name: clientName }, redirectUri };
    const now = await requestRegistration(input, ports, signal);
    const isNew = now.clientId !== clientId || now.clientSecret?.reveal() !== clientSecret?.reveal();
    if (!isNew) return { registration, isNew };
    ports.reporter.info(`${service.id}: the server had forgotten this installation; it is registered again.`);
    await ports.store.writeRegistration(endpointsOf(service), now);
    return { registration: now, isNew };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    ports.reporter.debug(`the stored registration is used without a check: ${error.message}`);
    return { registration, isNew: false };
  }
}

/** The port of the current registration, also of one that cannot be used; null when there is none. */
export async function knownPort(endpoints: OAuthEndpoints, { store }: RegisterPorts): Promise<number | null> {
  const [current] = await store.readRegistrations(endpoints).catch(() => []);
  return current === undefined ? null : portOf(current.redirectUri);
}
