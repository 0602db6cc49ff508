// Decides which dialect a service speaks. This is the only place that looks at an address for this.
import type { Service } from '../repository/service.js';
import { bimserverDialect, isBimserverAddress } from './bimserver.js';
import type { Dialect } from './dialect.js';
import { PLAIN } from './plain.js';

/**
 * The dialect of `service`. The address that came with a token has priority over the one in a list: models go there.
 */
export function dialectOf(
  service: Pick<Service, 'resourceUrl'>,
  token: { resourceUrl: string | null } | null = null,
): Dialect {
  const url = token?.resourceUrl ?? service.resourceUrl;
  return isBimserverAddress(url) ? bimserverDialect(url) : PLAIN;
}
