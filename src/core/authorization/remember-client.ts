// Stores what a request shows about a client: the encoding that its server accepts, or that the server no longer knows it.
import { BimServiceError } from '../../errors.js';
import type { OAuthEndpoints } from '../../protocol/repository/service.js';
import type { CredentialStore, Registration } from '../ports/credentials.js';
import type { Reporter } from '../ports/terminal.js';

export interface RememberPorts {
  store: Pick<CredentialStore, 'lockRegistration' | 'updateRegistration'>;
  reporter: Reporter;
}

/** Stores `registration` instead of the client with the same id. If the store cannot be written, only the next try takes longer. */
export async function rememberClient(
  endpoints: OAuthEndpoints,
  registration: Registration,
  { store, reporter }: RememberPorts,
  signal: AbortSignal,
): Promise<void> {
  try {
    await using _ = await store.lockRegistration(endpoints, signal);
    await store.updateRegistration(endpoints, registration);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    reporter.debug(`could not store a change of the registration: ${error.message}`);
  }
}
