// Remembers that a service accepts the token only in the `Token` header, so that the next run uses it at once.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Secret } from '../../secret.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { keepToken } from './keep-token.js';

/** Stores this with the token. If the token is not stored or the store fails, the next run just tries both headers again. */
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
    reporter.debug(`could not store that the Token header is needed: ${error.message}`);
  }
}
