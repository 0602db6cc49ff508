// Finds the configured repositories, and the one service that a person means, for several commands.
import { isAbsolute, resolve } from 'node:path';
import type { Context } from '../../context.js';
import { discover } from '../../core/authorization/discover.js';
import type { CacheUse, FetchPorts } from '../../core/repository/fetch-document.js';
import { findCandidates, findService } from '../../core/repository/find-service.js';
import {
  type ListedService,
  type LoadedRepositories,
  loadRepositories,
} from '../../core/repository/load-repositories.js';
import type { LoadPorts, RepositorySource } from '../../core/repository/read-source.js';
import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { readAll, readLocalFile } from '../../io/files/read-input.js';
import { DEFAULT_REPOSITORY, hasScheme } from '../../protocol/repository/addresses.js';

/** The longest wait for the metadata of an OAuth server, in ms. */
const DISCOVERY_LIMIT_MS = 10_000;

/** The repositories in use: from the option, the environment, the configuration, or the default, in this order. */
export function repositorySources(context: Context): RepositorySource[] {
  const sources = configuredSources(context);
  const { baseUrl } = context.options;
  if (baseUrl === undefined) return sources;
  if (sources.length > 1) {
    throw new BimServiceError(
      'usage',
      '--base-url applies to one list, but several repositories are in use',
      {
        hint: 'Name the list with --repository, or store the address with it: bimservice repository add LOCATION --base-url URL',
      },
    );
  }
  return sources.map((source) => ({ ...source, baseUrl }));
}

/** True when a list of services is to be read from stdin. */
export function readsListFromStdin(context: Context): boolean {
  return repositorySources(context).some(({ location }) => location === '-');
}

function configuredSources(context: Context): RepositorySource[] {
  const { options, runtime, config } = context;
  const named =
    options.repository ?? (runtime.env.BIMSERVICE_REPOSITORY ? [runtime.env.BIMSERVICE_REPOSITORY] : null);
  if (named)
    return named.map((location) => ({ alias: aliasOf(location), location: located(context, location) }));
  const stored = config.read().repositories;
  return stored.length > 0 ? stored : [{ alias: 'default', location: DEFAULT_REPOSITORY, isDefault: true }];
}

/** True when no repository is named or stored, so that the public one is read. */
export function isDefaultRepository(context: Context): boolean {
  const { options, runtime, config } = context;
  return (
    options.repository === undefined &&
    !runtime.env.BIMSERVICE_REPOSITORY &&
    config.read().repositories.length === 0
  );
}

/** A short name for a repository: the host of a URL, the name of a file. */
export function aliasOf(location: string): string {
  if (location === '-') return 'stdin';
  if (hasScheme(location) && URL.canParse(location)) return new URL(location).hostname;
  return (location.split(/[/\\]/).at(-1) ?? location).replace(/\.json5?$/i, '');
}

/** A URL unchanged, a file as an absolute path. */
export function located(context: Context, location: string): string {
  return location === '-' || hasScheme(location) || isAbsolute(location)
    ? location
    : resolve(context.runtime.cwd, location);
}

/** All services. Warnings are printed on stderr, unless the caller shows them itself. */
export async function loadServices(
  context: Context,
  {
    cacheUse = 'revalidate',
    strict = false,
    warns = true,
  }: { cacheUse?: CacheUse; strict?: boolean; warns?: boolean } = {},
): Promise<LoadedRepositories> {
  const { runtime, options } = context;
  const input = {
    sources: repositorySources(context),
    strict,
    insecure: options.insecure ?? false,
    cacheUse,
  };
  const loaded = await loadRepositories(input, loadPorts(context), runtime.signal).catch((error: unknown) => {
    throw isDefaultRepository(context) ? publicListFailed(error) : error;
  });
  if (warns) for (const warning of loaded.warnings) context.reporter.warn(warning);
  const services = await Promise.all(loaded.services.map((service) => withKnownAddresses(context, service)));
  return { ...loaded, services };
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
  const { services, refused } = await loadServices(context);
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
