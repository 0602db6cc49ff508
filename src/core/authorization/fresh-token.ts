// The life of a token: when it is too old to use, and one refresh among any number of processes.
import { BimServiceError } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken } from '../ports/credentials.js';
import { obtainToken, type ReportedAddresses, type TokenPorts } from './obtain-token.js';

/** Time that a request takes besides its upload, and by which clocks may differ, ms. */
const MARGIN_MS = 60_000;

/** What an office line carries at the least, bytes a ms (1 MiB/s); nothing is measured before the first upload. */
const ASSUMED_RATE = 1024 * 1.024;

/** How long (ms) a token has to last so that a model of `bytes` is still uploading under it. */
export function lifetimeNeeded(bytes: number | null): number {
  return MARGIN_MS + (bytes ?? 0) / ASSUMED_RATE;
}

/**
 * A token that lasts for another `neededMs`: the stored one, or a refreshed one where there is a refresh token. A token that
 * ends too soon but has not ended is used where it cannot be refreshed. Throws `token-expired`, or the server's refusal.
 */
export async function freshToken(
  service: Service,
  token: AccessToken,
  neededMs: number,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const now = ports.clock.now();
  if (token.expiresAt === null || token.expiresAt > now + neededMs) return token;
  const ended = token.expiresAt <= now;
  if (!dialectOf(service, token).trustsExpiry) return token;
  if (token.refreshToken === null) {
    if (!ended) return token;
    throw new BimServiceError(
      'token-expired',
      `the token of ${service.id} ended at ${new Date(token.expiresAt).toISOString()}`,
      {
        service: service.id,
        hint: `bimservice authorize ${service.id}`,
      },
    );
  }
  try {
    return await refreshAccessToken(service, token, ports, signal);
  } catch (error) {
    if (ended || signal.aborted) throw error;
    ports.reporter.warn(
      `the token of ${service.id} could not be refreshed in advance; using it while it lasts`,
    );
    return token;
  }
}

/**
 * Refreshes `token` with its refresh token. Under the lock it reads again first: another process may have done it, and a
 * refresh token that is used twice makes a careful server revoke everything (RFC 9700 4.14; CASES B058).
 */
export async function refreshAccessToken(
  service: Service,
  token: AccessToken,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  await using _ = await ports.store.lockToken(service, signal);
  const current = (await ports.store.readToken(service)) ?? token;
  if (isAnother(current, token)) {
    ports.reporter.debug(`the token of ${service.id} was refreshed by another run`);
    return current;
  }
  const registration = service.oauth === null ? null : await ports.store.readRegistration(service.oauth);
  if (current.refreshToken === null || registration === null) {
    throw new BimServiceError(
      'token-expired',
      `the token of ${service.id} cannot be refreshed: ${registration === null ? 'the registration is gone' : 'the service gave no refresh token'}`,
      {
        service: service.id,
        hint: `bimservice authorize ${service.id}`,
      },
    );
  }
  // A refresh token works once: it is spent only where the new one can be kept.
  await ports.store.probe(service);
  ports.reporter.debug(`refreshing the token of ${service.id}`);
  const { refreshToken } = current;
  const request = {
    grant: { type: 'refresh_token', refreshToken },
    reported: reportedWith(current),
  } as const;
  const result = await obtainToken(service, registration, request, ports, signal);
  if (result.kind === 'token') return result.token;
  // Refused, perhaps since a run on another machine refreshed it; its token may have arrived in a shared store.
  const latest = await ports.store.readToken(service);
  if (latest !== null && isAnother(latest, current)) return latest;
  throw result.error;
}

function isAnother(candidate: AccessToken, than: AccessToken): boolean {
  // Not by their dates: the clock may have been set between the two.
  return candidate.accessToken.reveal() !== than.accessToken.reveal();
}

/** What stays as it was when a token is refreshed. */
function reportedWith({ resourceUrl, websocketUrl, sendAs }: AccessToken): ReportedAddresses {
  return {
    resourceUrl,
    ...(websocketUrl === undefined ? {} : { websocketUrl }),
    ...(sendAs === undefined ? {} : { sendAs }),
  };
}
