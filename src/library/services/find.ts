// Finds the one service that a text means: in a list, in exported credentials, or by its address alone.
import { findCandidates, findService, webAddress } from '../../core/repository/find-service.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { typedService } from '../../core/repository/typed-service.js';
import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { Client } from '../client/client.js';
import type { Ports } from '../client/ports.js';
import { type LoadedServices, loadServices, servicesGiven, withAddresses } from './load-services.js';

export interface FindOptions {
  /** Selects one of several services that match, by its position. Absent: several matches are an error. */
  choose?: (ids: readonly string[]) => Promise<number>;
  /** Other words of the same command, for an error that says which of them is the service. */
  others?: readonly string[];
  /**
   * True: the addresses of the OAuth server are requested where the entry does not have them. Absent: only where no token is
   * given for the service; the other functions of this package request them when they need them.
   */
  complete?: boolean;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

/**
 * The service that `query` means: its id, its name, a beginning of one that fits no other service, or its address.
 * Throws BimServiceErrors `service-not-found`, `service-ambiguous`, `unsafe-address`, and those of reading lists.
 */
export async function find(client: Client, query: string, options: FindOptions = {}): Promise<ListedService> {
  using ports = Client.call(client, options.signal);
  const service = await namedService(ports, query, options);
  const needsAddresses = options.complete || ports.givenToken(service)?.kind !== 'used';
  return needsAddresses ? await withAddresses(ports, service, 'revalidate') : service;
}

async function namedService(ports: Ports, query: string, options: FindOptions): Promise<ListedService> {
  const { reporter, insecure } = ports;
  const isAddress = webAddress(query) !== null;
  const isDefault = ports.repositories.isDefault();
  const given = () => serviceGiven(ports, query);
  const known = isDefault ? await given() : null;
  if (known !== null) return known;
  const loaded = await listsFor(ports, isAddress, given);
  const warn = ({ warnings }: LoadedServices) => {
    for (const warning of warnings) reporter.warn(warning);
  };
  try {
    const service = await serviceIn(loaded, query, options);
    warn(loaded);
    // The caller gave its address, so no list decides where its token goes.
    return isAddress ? { ...service, isNamed: true } : service;
  } catch (error) {
    const isMissing = error instanceof BimServiceError && error.code === 'service-not-found';
    const other = isMissing && !isDefault ? await given() : null;
    if (other !== null) return other;
    if (isMissing && isAddress) {
      warn(loaded);
      return typedService(query, { insecure });
    }
    // A service may have been added, or its address corrected, since the copy was made.
    const isNews =
      error instanceof BimServiceError &&
      (error.code === 'service-not-found' || error.code === 'unsafe-address');
    const again = isNews && loaded.hasCopy ? await loadedAgain(ports) : null;
    warn(again ?? loaded);
    if (again === null) throw error;
    return serviceIn(again, query, options);
  }
}

/** The lists as they are now; null where they cannot be read. */
async function loadedAgain(ports: Ports): Promise<LoadedServices | null> {
  try {
    return await loadServices(ports, { cacheUse: 'refresh', warns: false });
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    return null;
  }
}

/**
 * `service` with the addresses that its list has now, where it was found in a copy, and the list has others. Null where it has not, or
 * where `error` is not about an address: nothing was reached there, or what was reached is another server.
 */
export async function movedService(
  ports: Ports,
  service: ListedService,
  error: unknown,
): Promise<ListedService | null> {
  const isAboutAddress =
    error instanceof BimServiceError &&
    (error.exitCode === EXIT_CODES.unreachable || error.phase === 'register') &&
    error.outcome !== 'unknown';
  if (!service.isCopy || !isAboutAddress) return null;
  const now = (await loadedAgain(ports))?.services.find(({ id }) => id === service.id);
  if (now === undefined) return null;
  // What `discovery` leads to is not in the list.
  const addresses = ({ resourceUrl, oauth, discovery }: ListedService) =>
    [resourceUrl, ...(discovery === undefined ? Object.values(oauth ?? {}) : [discovery.url])].join('\n');
  if (addresses(now) === addresses(service)) return null;
  ports.reporter.info(`The list has other addresses of ${service.id} now: trying those.`);
  return withAddresses(ports, now, 'revalidate');
}

async function serviceIn(
  { services, refused }: LoadedServices,
  query: string,
  { choose, others = [] }: FindOptions,
): Promise<ListedService> {
  const found = choose
    ? findCandidates([...services, ...refused], query).filter(
        (each): each is ListedService => !('error' in each),
      )
    : [];
  if (choose === undefined || found.length < 2) return findService(services, refused, query, others);
  const picked = found[await choose(found.map(({ id }) => id))];
  if (picked === undefined)
    throw new BimServiceError('internal', 'a service was selected that was not offered');
  return picked;
}

/** The service of the exported credentials that `query` means, or null. */
async function serviceGiven(ports: Ports, query: string): Promise<ListedService | null> {
  const { services, refused } = await servicesGiven(ports);
  return findCandidates([...services, ...refused], query).length > 0
    ? findService(services, refused, query)
    : null;
}

/** The lists. One that fails is a warning when the service is known without it, unless the caller names the list. */
async function listsFor(
  ports: Ports,
  isAddress: boolean,
  given: () => Promise<ListedService | null>,
): Promise<LoadedServices> {
  const isDefault = ports.repositories.isDefault();
  const none = { services: [], refused: [], warnings: [], hasCopy: false };
  try {
    // For an address no one has to wait for the public list: the copy of an earlier command says enough.
    if (!isAddress || !isDefault) return await loadServices(ports, { warns: false });
    return { ...(await loadServices(ports, { cacheUse: 'offline', warns: false })), warnings: [] };
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!(error instanceof BimServiceError) || ports.repositories.isNamed()) throw error;
    if (!isAddress && (await given()) === null) throw error;
    return { ...none, warnings: isDefault ? [] : [error.message] };
  }
}
