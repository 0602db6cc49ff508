// Finds the one service that a person means, for several commands.
import type { Context } from '../../context.js';
import { discover } from '../../core/authorization/discover.js';
import type { CacheUse, FetchPorts } from '../../core/repository/fetch-document.js';
import { findCandidates, findService } from '../../core/repository/find-service.js';
import {
  type ListedService,
  type LoadedRepositories,
  loadRepositories,
} from '../../core/repository/load-repositories.js';
import type { LoadPorts } from '../../core/repository/read-source.js';
import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { readAll, readLocalFile } from '../../io/files/read-input.js';
import { DEFAULT_REPOSITORY } from '../../protocol/repository/addresses.js';
import { isDefaultRepository, repositorySources } from './repository-sources.js';

/** The longest wait for the metadata of an OAuth server, in ms. */
const DISCOVERY_LIMIT_MS = 10_000;

interface LoadedServices extends LoadedRepositories {
  /** A list among them is a copy that was not requested in this run. */
  hasCopy: boolean;
}

/** All services. Warnings are printed on stderr, unless the caller shows them itself. */
export async function loadServices(
  context: Context,
  {
    cacheUse = 'revalidate',
    strict = false,
    warns = true,
  }: { cacheUse?: CacheUse; strict?: boolean; warns?: boolean } = {},
): Promise<LoadedServices> {
  const { runtime, options } = context;
  const input = {
    sources: repositorySources(context),
    strict,
    insecure: options.insecure ?? false,
    cacheUse,
  };
  let hasCopy = false;
  const onFreshCopy = () => {
    hasCopy = true;
  };
  const ports = { ...loadPorts(context), onFreshCopy };
  const loaded = await loadRepositories(input, ports, runtime.signal).catch((error: unknown) => {
    throw isDefaultRepository(context) ? publicListFailed(error) : error;
  });
  if (warns) for (const warning of loaded.warnings) context.reporter.warn(warning);
  const known = await Promise.all(loaded.services.map((service) => withKnownAddresses(context, service)));
  const services = hasCopy ? known.map((service) => ({ ...service, isCopy: true as const })) : known;
  return { ...loaded, services, hasCopy };
}

/** The adapters that read the repositories: the network, the cache, files and stdin. */
export function loadPorts(context: Context): LoadPorts {
  return {
    ...fetchPorts(context),
    readFile: readLocalFile,
    readStdin: () => readAll(context.runtime.stdin),
  };
}

/** The error when the public list failed and no other is configured: what the person can do about it. */
function publicListFailed(error: unknown): unknown {
  if (!(error instanceof BimServiceError) || error.exitCode === EXIT_CODES.interrupted) return error;
  const { code, message, phase } = error;
  return new BimServiceError(
    code,
    `no repository is configured, and the public list (${DEFAULT_REPOSITORY}) was not read: ${message}`,
    {
      hint: [
        'Add the list of your provider: bimservice repository add URL',
        'Or name one for this command: --repository URL|FILE',
        'Or try it without a network: bimservice demo',
      ].join('\n'),
      ...(phase === undefined ? {} : { phase }),
      cause: error,
    },
  );
}

/** The service with the OAuth addresses that its server published last; sends no request. */
async function withKnownAddresses(context: Context, service: ListedService): Promise<ListedService> {
  if (service.discovery === undefined) return service;
  try {
    return await withAddresses(context, service, 'offline');
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    return service;
  }
}

function withAddresses(context: Context, service: ListedService, cacheUse: CacheUse): Promise<ListedService> {
  const { options, runtime } = context;
  return discover(
    service,
    { insecure: options.insecure ?? false, cacheUse, limitMs: DISCOVERY_LIMIT_MS },
    fetchPorts(context),
    runtime.signal,
  );
}

function fetchPorts(context: Context): FetchPorts {
  return {
    http: { request: async (request, signal) => (await context.http()).request(request, signal) },
    cache: context.listCache,
    clock: context.runtime.clock,
  };
}

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
  const loaded = await loadServices(context, { warns: false });
  const warn = ({ warnings }: LoadedServices) => {
    for (const warning of warnings) context.reporter.warn(warning);
  };
  try {
    const service = await serviceIn(context, loaded, query, others);
    warn(loaded);
    return service;
  } catch (error) {
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
