// Finds the one service that a person means by SERVICE: in a list, in exported credentials, or by its address alone.
import type { Context } from '../../context.js';
import { findCandidates, findService, webAddress } from '../../core/repository/find-service.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { typedService } from '../../core/repository/typed-service.js';
import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { type LoadedServices, loadServices, servicesGiven, withAddresses } from './load-services.js';
import { isDefaultRepository, isRepositoryNamed } from './repository-sources.js';

/**
 * The service that `query` means; on a terminal the person selects one when several match. When the entry has no OAuth
 * addresses, they are requested from the server, unless they are not needed. `others`: as `findService` takes them.
 */
export async function resolveService(
  context: Context,
  query: string,
  needsAddresses: (service: ListedService) => boolean = () => true,
  others: readonly string[] = [],
): Promise<ListedService> {
  const service = await namedService(context, query, others);
  return needsAddresses(service) ? withAddresses(context, service, 'revalidate') : service;
}

async function namedService(
  context: Context,
  query: string,
  others: readonly string[],
): Promise<ListedService> {
  const isAddress = webAddress(query) !== null;
  const isDefault = isDefaultRepository(context);
  const given = () => serviceGiven(context, query);
  const known = isDefault ? await given() : null;
  if (known !== null) return known;
  const loaded = await listsFor(context, isAddress, given);
  const warn = ({ warnings }: LoadedServices) => {
    for (const warning of warnings) context.reporter.warn(warning);
  };
  try {
    const service = await serviceIn(context, loaded, query, others);
    warn(loaded);
    // The person typed its address, so no list decides where its token goes.
    return isAddress ? { ...service, isNamed: true } : service;
  } catch (error) {
    const isMissing = error instanceof BimServiceError && error.code === 'service-not-found';
    const other = isMissing && !isDefault ? await given() : null;
    if (other !== null) return other;
    if (isMissing && isAddress) {
      warn(loaded);
      return typedService(query, { insecure: context.options.insecure ?? false });
    }
    // A service may have been added, or its address corrected, since the copy was made.
    const isNews =
      error instanceof BimServiceError &&
      (error.code === 'service-not-found' || error.code === 'unsafe-address');
    const again = isNews && loaded.hasCopy ? await loadedAgain(context) : null;
    warn(again ?? loaded);
    if (again === null) throw error;
    return serviceIn(context, again, query, others);
  }
}

/** The lists as they are now; null where they cannot be read. */
async function loadedAgain(context: Context): Promise<LoadedServices | null> {
  try {
    return await loadServices(context, { cacheUse: 'refresh', warns: false });
  } catch (error) {
    context.runtime.signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    return null;
  }
}

/**
 * `service` with the addresses that its list has now, where it was found in a copy, and the list has others. Null where it has not, or
 * where `error` is not about an address: nothing was reached there, or what was reached is another server.
 */
export async function movedService(
  context: Context,
  service: ListedService,
  error: unknown,
): Promise<ListedService | null> {
  const isAboutAddress =
    error instanceof BimServiceError &&
    (error.exitCode === EXIT_CODES.unreachable || error.phase === 'register') &&
    error.outcome !== 'unknown';
  if (!service.isCopy || !isAboutAddress) return null;
  const now = (await loadedAgain(context))?.services.find(({ id }) => id === service.id);
  if (now === undefined) return null;
  // What `discovery` leads to is not in the list.
  const addresses = ({ resourceUrl, oauth, discovery }: ListedService) =>
    [resourceUrl, ...(discovery === undefined ? Object.values(oauth ?? {}) : [discovery.url])].join('\n');
  if (addresses(now) === addresses(service)) return null;
  context.reporter.info(`The list has other addresses of ${service.id} now: trying those.`);
  return withAddresses(context, now, 'revalidate');
}

async function serviceIn(
  context: Context,
  { services, refused }: LoadedServices,
  query: string,
  others: readonly string[],
): Promise<ListedService> {
  const found = context.interactive
    ? findCandidates([...services, ...refused], query).filter(
        (each): each is ListedService => !('error' in each),
      )
    : [];
  if (found.length < 2) return findService(services, refused, query, others);
  const prompter = await context.prompter();
  const ids = found.map(({ id }) => id);
  const picked = found[await prompter.choose('Which service?', ids, context.runtime.signal)];
  if (picked === undefined)
    throw new BimServiceError('internal', 'a service was selected that was not offered');
  return picked;
}

/** The service of the exported credentials that `query` means; null when there is none. */
async function serviceGiven(context: Context, query: string): Promise<ListedService | null> {
  const { services, refused } = await servicesGiven(context);
  return findCandidates([...services, ...refused], query).length > 0
    ? findService(services, refused, query)
    : null;
}

/** The lists. One that fails is a warning when the service is known without it, unless this command names the list. */
async function listsFor(
  context: Context,
  isAddress: boolean,
  given: () => Promise<ListedService | null>,
): Promise<LoadedServices> {
  const isDefault = isDefaultRepository(context);
  const none = { services: [], refused: [], warnings: [], hasCopy: false };
  try {
    // For an address no one has to wait for the public list: the copy of an earlier command says enough.
    if (!isAddress || !isDefault) return await loadServices(context, { warns: false });
    return { ...(await loadServices(context, { cacheUse: 'offline', warns: false })), warnings: [] };
  } catch (error) {
    context.runtime.signal.throwIfAborted();
    if (!(error instanceof BimServiceError) || isRepositoryNamed(context)) throw error;
    if (!isAddress && (await given()) === null) throw error;
    return { ...none, warnings: isDefault ? [] : [error.message] };
  }
}
