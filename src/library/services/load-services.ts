// Reads the services of all repositories in use, and those of exported credentials.
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
import type { Ports } from '../client/ports.js';

/** The longest wait for the metadata of an OAuth server, in ms. */
const DISCOVERY_LIMIT_MS = 10_000;

/** What the lists say. */
export interface LoadedServices extends LoadedRepositories {
  /** A list among them is a copy that was not requested in this run. */
  hasCopy: boolean;
}

/**
 * All services: those of the lists, or of the exported credentials where no list is named. Warnings are printed on stderr,
 * unless the caller shows them itself.
 */
export async function loadServices(
  ports: Ports,
  {
    cacheUse = 'revalidate',
    strict = false,
    warns = true,
  }: { cacheUse?: CacheUse; strict?: boolean; warns?: boolean } = {},
): Promise<LoadedServices> {
  const { repositories, insecure, signal, reporter } = ports;
  const given = await onlyGiven(ports);
  if (given !== null)
    return { ...given, warnings: given.refused.map(({ error }) => error.message), hasCopy: false };
  const input = {
    sources: repositories.sources(),
    strict,
    insecure,
    cacheUse,
  };
  let hasCopy = false;
  const onFreshCopy = () => {
    hasCopy = true;
  };
  const load = { ...loadPorts(ports), onFreshCopy };
  const loaded = await loadRepositories(input, load, signal).catch((error: unknown) => {
    throw repositories.isDefault() ? publicListFailed(error) : error;
  });
  if (warns) for (const warning of loaded.warnings) reporter.warn(warning);
  const known = await Promise.all(loaded.services.map((service) => withKnownAddresses(ports, service)));
  const services = hasCopy ? known.map((service) => ({ ...service, isCopy: true as const })) : known;
  return { ...loaded, services, hasCopy };
}

/** The services of exported credentials where they are all that is known: then the public list is not read. Otherwise null. */
export async function onlyGiven(ports: Ports): Promise<GivenServices | null> {
  if (!ports.repositories.isDefault()) return null;
  const given = await servicesGiven(ports);
  return given.services.length + given.refused.length === 0 ? null : given;
}

/** The services of the exported credentials that are given; none when there are none. */
export async function servicesGiven(ports: Ports): Promise<GivenServices> {
  const { given, insecure } = ports;
  if (given === null) return { services: [], refused: [] };
  const { services, refused } = givenServices(await given.source.load(), given.name, { insecure });
  return {
    services: await Promise.all(services.map((service) => withKnownAddresses(ports, service))),
    refused,
  };
}

/** The adapters that read the repositories: the network, the cache, files and stdin. */
export function loadPorts(ports: Ports): LoadPorts {
  return {
    ...fetchPorts(ports),
    readFile: readLocalFile,
    readStdin: () => readAll(ports.stdin ?? []),
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
async function withKnownAddresses(ports: Ports, service: ListedService): Promise<ListedService> {
  if (service.discovery === undefined) return service;
  try {
    return await withAddresses(ports, service, 'offline');
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    return service;
  }
}

/** The service with the addresses that its OAuth server publishes, when its entry has none. */
export function withAddresses(
  ports: Ports,
  service: ListedService,
  cacheUse: CacheUse,
): Promise<ListedService> {
  const { insecure, signal } = ports;
  return discover(service, { insecure, cacheUse, limitMs: DISCOVERY_LIMIT_MS }, fetchPorts(ports), signal);
}

function fetchPorts(ports: Ports): FetchPorts {
  return {
    http: { request: async (request, signal) => (await ports.http()).request(request, signal) },
    cache: ports.listCache,
    clock: ports.clock,
  };
}
