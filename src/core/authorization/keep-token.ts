// The only way to store an access token: with the right site address, and bound to its client.
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import { rebased } from '../../protocol/repository/base-url.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Secret } from '../../secret.js';
import { believedToken } from '../credentials/believed-token.js';
import type { AccessToken, CredentialStore } from '../ports/credentials.js';
import type { Clock } from '../ports/system.js';

/** What is known about a token besides the token itself. Absent members are unknown. */
export interface GivenToken extends Partial<Omit<AccessToken, 'accessToken'>> {
  accessToken: Secret;
}

export interface KeepTokenPorts {
  store: Pick<CredentialStore, 'writeToken'>;
  clock: Clock;
}

/**
 * Stores `given` as the token of `service`, and returns the stored token. `--base-url` applies to the addresses that came
 * with it. `clientId` is the client that it was issued to; it is absent when unknown (a pasted token).
 * Throws `store-not-writable` and `store-damaged`.
 */
export async function keepToken(
  service: Service,
  given: GivenToken,
  ports: KeepTokenPorts,
): Promise<AccessToken> {
  const token = completeToken(service, given, ports.clock);
  await ports.store.writeToken(service, token);
  return token;
}

/** `given` with its absent members, for a token that is used and not stored. */
export function completeToken(service: Service, given: GivenToken, clock: Clock): AccessToken {
  const { resourceUrl = null, websocketUrl } = given;
  const { tidyAddress } = dialectOf(service, { resourceUrl });
  const right = (address: string) => rebased(tidyAddress(address), service.rebase);
  return believedToken(service, {
    refreshToken: null,
    expiresAt: null,
    obtainedAt: clock.now(),
    ...given,
    resourceUrl: resourceUrl === null ? null : right(resourceUrl),
    ...(websocketUrl === undefined ? {} : { websocketUrl: right(websocketUrl) }),
  });
}
