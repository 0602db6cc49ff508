// Remembers that a service refused a stored token, so that no later run sends a model only to get the same refusal.
import { dateText } from '../../durations.js';
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken } from '../ports/credentials.js';
import { keepToken } from './keep-token.js';
import type { TokenPorts } from './obtain-token.js';
import { howToAuthorize } from './stored-token.js';

/**
 * True when only a new consent helps: the service refused the token, and the OAuth server refused to refresh it. One 401
 * alone does not count: it may be a fault of the service or of a proxy, and a token without a refresh token has no
 * second witness, so the next run tries it again.
 */
export function isDead({ refusedAt, refreshRefused }: AccessToken): boolean {
  return refusedAt !== undefined && refreshRefused === true;
}

/** The error in the place of a request with a dead token. */
export function deadToken(service: Service, { refusedAt }: AccessToken): BimServiceError {
  const when = refusedAt === undefined ? '' : ` on ${dateText(refusedAt)}`;
  return new BimServiceError(
    'token-refused',
    `${service.id} refused its token${when}, and the server refused to refresh it`,
    { service: service.id, phase: 'authorize', outcome: 'not-sent', hint: howToAuthorize(service) },
  );
}

/**
 * Stores that the service refused `token` now (`isRefused`), or that it accepted it. A token that was replaced meanwhile
 * stays as it is. A store that cannot be written is no error: the run ends as it would without.
 */
export async function rememberRefusal(
  service: Service,
  token: AccessToken,
  isRefused: boolean,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<void> {
  try {
    await using _ = await ports.store.lockToken(service, signal);
    const stored = await ports.store.readToken(service);
    if (stored === null || stored.accessToken.reveal() !== token.accessToken.reveal()) return;
    const { refusedAt, ...others } = stored;
    if (isRefused === (refusedAt !== undefined)) return;
    // Given credentials are written back only for what the next run cannot find out without a model.
    if (isRefused && !stored.refreshRefused && (await ports.store.tokenSource(service)) === 'bundle') return;
    await keepToken(service, isRefused ? { ...others, refusedAt: ports.clock.now() } : others, ports);
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    ports.reporter.debug(`not remembered whether the token is refused: ${error.message}`);
  }
}
