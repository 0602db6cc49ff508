// Finds the stored tokens of services that no list has: of typed addresses, and of lists that are no longer in use.
import { tokenKey } from '../credentials/credential-records.js';
import { type StoredToken, storedServices } from '../credentials/stored-services.js';
import type { RecordStore } from '../ports/credentials.js';
import type { ListedService } from '../repository/load-repositories.js';
import { typedService } from '../repository/typed-service.js';

export interface UnlistedTokens {
  /** The services that have a token and are used by their address alone. */
  typed: ListedService[];
  /** How many other tokens are for no service of the list. */
  others: number;
}

/** Looks at all tokens in `records` that are for no service in `services`. */
export async function unlistedTokens(
  records: RecordStore,
  services: readonly ListedService[],
): Promise<UnlistedTokens> {
  const stored = (await storedServices(records)).tokens;
  // A name takes some time to compute, so only for services that one of the tokens may be for.
  const addresses = stored.some(({ resourceUrl }) => resourceUrl === null)
    ? null
    : new Set(stored.map(({ resourceUrl }) => resourceUrl));
  const known = new Set(
    services.filter(({ resourceUrl }) => addresses?.has(resourceUrl) ?? true).map(tokenKey),
  );
  const tokens = stored.filter(({ key }) => !known.has(key));
  const typed = tokens.map(typedServiceOf).filter((service) => service !== null);
  return { typed, others: tokens.length - typed.length };
}

/** The service of a token that was stored for an address alone; null for any other token. */
function typedServiceOf({ key, resourceUrl }: StoredToken): ListedService | null {
  if (resourceUrl === null || !/^https?:/.test(resourceUrl) || !URL.canParse(resourceUrl)) return null;
  // It is only shown; a command that sends something checks the address by its own options.
  const service = typedService(resourceUrl, { insecure: true });
  return tokenKey(service) === key ? service : null;
}
