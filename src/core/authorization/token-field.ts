// A service that took the token in the `Token` field and not as `Authorization: Bearer` is sent it so from then on.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Secret } from '../../secret.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { keepToken } from './keep-token.js';

/** Keeps that with the stored token. A token from elsewhere, or a store that cannot be written, costs only the next try. */
export async function rememberTokenField(
  service: Service,
  token: Secret,
  { store, clock, reporter }: { store: CredentialStore; clock: Clock; reporter: Reporter },
  signal: AbortSignal,
): Promise<void> {
  try {
    await using _ = await store.lockToken(service, signal);
    const stored = await store.readToken(service);
    if (stored?.accessToken.reveal() !== token.reveal()) return;
    await keepToken(service, { ...stored, sendAs: 'Token' }, { store, clock });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    reporter.debug(`not remembered that the Token field is wanted: ${error.message}`);
  }
}
