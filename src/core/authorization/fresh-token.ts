// Decides when a token is too old to use, and refreshes it once for any number of processes.
import { dateText } from '../../durations.js';
import { BimServiceError } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { Service } from '../../protocol/repository/service.js';
import { clientOf } from '../credentials/credential-store.js';
import type { AccessToken } from '../ports/credentials.js';
import { keepToken } from './keep-token.js';
import { obtainToken, type ReportedAddresses, type TokenPorts } from './obtain-token.js';
import { deadToken, isDead } from './refused-token.js';
import { howToAuthorize, storedToken } from './stored-token.js';

/** The time of a request without its upload, plus a margin for different clocks, in ms. */
const MARGIN_MS = 60_000;

/** The assumed minimum rate of a network, in bytes per ms (1 MiB/s); there is no measurement before the first upload. */
const ASSUMED_RATE = 1024 * 1.024;

/** How long (ms) a token must be valid so that it covers the upload of a model of `bytes`. */
export function lifetimeNeeded(bytes: number | null): number {
  return MARGIN_MS + (bytes ?? 0) / ASSUMED_RATE;
}

/**
 * A token that is valid for another `neededMs`: the stored one, or a refreshed one when there is a refresh token. A token
 * that is still valid but ends too soon is used when it cannot be refreshed. Throws `token-expired`, `token-refused` for
 * one that the service and the server refused before, or the refusal.
 */
export async function freshToken(
  service: Service,
  token: AccessToken,
  neededMs: number,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  if (isDead(token)) throw deadToken(service, token);
  const now = ports.clock.now();
  if (token.expiresAt === null || token.expiresAt > now + neededMs) return token;
  const ended = token.expiresAt <= now;
  if (!isRefreshable(token)) {
    if (!ended) return token;
    throw new BimServiceError(
      'token-expired',
      `the token of ${service.id} ended on ${dateText(token.expiresAt)}`,
      { service: service.id, hint: howToAuthorize(service) },
    );
  }
  try {
    return await refreshAccessToken(service, token, ports, signal);
  } catch (error) {
    if (ended || signal.aborted) throw error;
    ports.reporter.warn(
      `the token of ${service.id} could not be refreshed in advance; using it while it is valid`,
    );
    return token;
  }
}

/**
 * Refreshes `token` with its refresh token. Under the lock it reads the store again first, because another process may
 * have refreshed it: a strict server revokes everything when a refresh token is used twice (RFC 9700 4.14; CASES B058).
 */
export async function refreshAccessToken(
  service: Service,
  token: AccessToken,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  await using _ = await ports.store.lockToken(service, signal);
  // None: it was removed while this run waited for the lock, and a refresh would bring it back.
  const current = await storedToken(service, ports);
  if (isOther(current, token)) {
    ports.reporter.debug(`the token of ${service.id} was refreshed by another run`);
    return current;
  }
  if (!dialectOf(service, current).trustsExpiry) throw notRefreshed(service, 'BIMserver does not do that');
  const { refreshToken } = current;
  const registration = service.oauth === null ? null : await clientOf(service.oauth, current, ports.store);
  if (refreshToken === null) throw notRefreshed(service, 'the service gave no refresh token');
  if (registration === null) throw notRefreshed(service, 'the client that it was issued to is missing');
  // A refresh token works once: it is spent only where the new one can be kept.
  await ports.store.probe(service);
  ports.reporter.debug(`refreshing the token of ${service.id}`);
  const reported = reportedWith(current);
  const grant = { type: 'refresh_token', refreshToken } as const;
  const result = await obtainToken(service, registration, { grant, reported }, ports, signal);
  if (result.kind === 'token') return result.token;
  // A run on another machine may have refreshed it; its token may have arrived in a shared store.
  const latest = await ports.store.readToken(service);
  if (latest !== null && isOther(latest, current)) return latest;
  if (result.oauthError === 'invalid_grant') await markRefused(service, current, ports);
  throw result.error;
}

/** True when a token can be refreshed as far as is known here. */
export function isRefreshable({ refreshToken, refreshRefused }: AccessToken): boolean {
  return refreshToken !== null && !refreshRefused;
}

/** From now on no run tries it by itself, and `status` promises no refresh. */
async function markRefused(service: Service, token: AccessToken, ports: TokenPorts): Promise<void> {
  try {
    await keepToken(service, { ...token, refreshRefused: true }, ports);
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    ports.reporter.debug(`not remembered that the refresh token is refused: ${error.message}`);
  }
}

function notRefreshed(service: Service, why: string): BimServiceError {
  return new BimServiceError('token-expired', `the token of ${service.id} cannot be refreshed: ${why}`, {
    service: service.id,
    hint: howToAuthorize(service),
  });
}

/** Under the lock, a stored token that is not ours is newer. Dates do not show this, because the clock may have been changed. */
function isOther(stored: AccessToken, ours: AccessToken): boolean {
  return stored.accessToken.reveal() !== ours.accessToken.reveal();
}

/** What stays the same when a token is refreshed. */
function reportedWith({ resourceUrl, websocketUrl, sendAs }: AccessToken): ReportedAddresses {
  return {
    resourceUrl,
    ...(websocketUrl === undefined ? {} : { websocketUrl }),
    ...(sendAs === undefined ? {} : { sendAs }),
  };
}
