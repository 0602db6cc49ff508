// Reads the services of all repositories in use, and those of exported credentials.
import type { Context } from '../../context.js';
import { discover } from '../../core/authorization/discover.js';
import type { CacheUse, FetchPorts } from '../../core/repository/fetch-document.js';
import { type GivenServices, givenServices } from '../../core/repository/given-services.js';
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

/** What the lists say. */
export interface LoadedServices extends LoadedRepositories {
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

/** The services of the exported credentials in the environment; none when there are none. */
export async function servicesGiven(context: Context): Promise<GivenServices> {
  const { bundles, bundleVariable } = context;
  if (bundles === null || bundleVariable === null) return { services: [], refused: [] };
  const rules = { insecure: context.options.insecure ?? false };
  const { services, refused } = givenServices(await bundles.load(), bundleVariable, rules);
  return {
    services: await Promise.all(services.map((service) => withKnownAddresses(context, service))),
    refused,
  };
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

/** The service with the addresses that its OAuth server publishes, when its entry has none. */
export function withAddresses(
  context: Context,
  service: ListedService,
  cacheUse: CacheUse,
): Promise<ListedService> {
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
