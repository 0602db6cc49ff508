// Lists services: all, those that a text means, and those that pass filters.
import { filterServices } from '../../core/repository/filter-services.js';
import { findService } from '../../core/repository/find-service.js';
import type { ListedService, LoadedRepositories } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';
import { Client } from '../client/client.js';
import { loadServices } from './load-services.js';

export interface ListOptions {
  /** The service that this means, as in `find`; otherwise all that have the text in id, name, description or provider. */
  query?: string;
  /** Only services that list this type of model: a schema name in any spelling, or a family (`IFC`). */
  accepts?: string;
  /** Only services that take a model of this type: also those that list no types. */
  takes?: string;
  /** Only services that list this type of result: a schema name in any spelling, or a family (`BCF`). */
  produces?: string;
  /** Only services whose provider has this text in its name. */
  provider?: string;
  /**
   * `revalidate` (the default): a copy of a list that is not older than five minutes is used without a request.
   * `refresh`: every list is requested. `offline`: only copies are used.
   */
  cacheUse?: 'revalidate' | 'refresh' | 'offline';
  /** True: an entry that cannot be used is an error. Otherwise it is left out with a warning. */
  strict?: boolean;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

export interface ServiceList {
  /** Those that pass, in the order of the lists. */
  services: ListedService[];
  /** All services of the lists. */
  all: ListedService[];
  /** True when the query means exactly one service. */
  isOne: boolean;
  /** Lists and entries that were left out, and why. */
  warnings: string[];
}

/**
 * The services of all lists of the client. Throws BimServiceErrors `repository-unreadable`, `repository-invalid`,
 * `unsafe-address`, and those of the network when no list can be read; and those of `find` for a query without a match.
 */
export async function list(client: Client, options: ListOptions = {}): Promise<ServiceList> {
  using ports = Client.call(client, options.signal);
  const { cacheUse = 'revalidate', strict = false, accepts, takes, produces, provider } = options;
  const loaded = await loadServices(ports, { cacheUse, strict });
  const { listed, isOne } = matching(loaded, options.query);
  const services = filterServices(listed, {
    ...(accepts === undefined ? {} : { accepts }),
    ...(takes === undefined ? {} : { takes }),
    ...(produces === undefined ? {} : { produces }),
    ...(provider === undefined ? {} : { provider }),
  });
  return { services, all: loaded.services, isOne, warnings: loaded.warnings };
}

function matching(
  { services, refused }: LoadedRepositories,
  query: string | undefined,
): { listed: ListedService[]; isOne: boolean } {
  if (query === undefined) return { listed: services, isOne: false };
  try {
    return { listed: [findService(services, refused, query)], isOne: true };
  } catch (error) {
    if (!(error instanceof BimServiceError) || error.code === 'unsafe-address') throw error;
    const text = query.trim().toLowerCase();
    const listed = services.filter(({ id, name, description, provider }) =>
      [id, name, description, provider].some((field) => field.toLowerCase().includes(text)),
    );
    if (listed.length === 0) throw error;
    return { listed, isOne: false };
  }
}
