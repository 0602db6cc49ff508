// Reads all configured repositories, and the lists of the providers they name, side by side.

import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import type { RefusedEntry } from '../../protocol/repository/repository.js';
import type { Service } from '../../protocol/repository/service.js';
import { distinct } from '../../protocol/repository/service-id.js';
import {
  type LoadInput,
  type LoadPorts,
  type RepositorySource,
  readSource,
  type SourceGroup,
} from './read-source.js';

export interface LoadRepositoriesInput extends LoadInput {
  sources: readonly RepositorySource[];
}

/** A service with the two names under which it can be asked for. */
export interface ListedService extends Service {
  /** Of its repository, or of the provider whose list it stands in. */
  alias: string;
  /** Its id within that list; `alias/slug` always finds it. */
  slug: string;
}

export interface RefusedService extends RefusedEntry {
  alias: string;
  slug: string;
}

export interface LoadedRepositories {
  services: ListedService[];
  /** Entries with an address that is not safe: not listed, but `findService` tells who asks for one. */
  refused: RefusedService[];
  warnings: string[];
}

/**
 * The services of every source in the order of the sources. An id is the slug, or `alias/slug` where two lists offer
 * the same. A source that fails is a warning as long as another answers (not under `strict`, where what is not valid
 * is an error). Throws BimServiceError `repository-unreadable`, `repository-invalid`, `unsafe-address` (exit 3), or
 * the network's own (exit 5) when network trouble is all there was.
 */
export async function loadRepositories(
  input: LoadRepositoriesInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<LoadedRepositories> {
  const outcomes = await Promise.allSettled(
    input.sources.map((source) => readSource(source, input, ports, signal)),
  );
  signal.throwIfAborted();
  const groups: SourceGroup[] = [];
  const warnings: string[] = [];
  const failures: BimServiceError[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') {
      groups.push(...outcome.value.groups);
      warnings.push(...outcome.value.warnings);
      continue;
    }
    const error: unknown = outcome.reason;
    if (!(error instanceof BimServiceError)) throw error;
    if (input.strict && error.code !== 'repository-unreadable' && !isNetworkTrouble(error)) throw error;
    failures.push(error);
    warnings.push(leftOut(input.sources[index]?.location ?? '', error));
  }
  if (failures.length > 0 && failures.length === outcomes.length) throw allFailed(failures);
  return { ...named(groups), warnings };
}

function named(groups: readonly SourceGroup[]): Pick<LoadedRepositories, 'services' | 'refused'> {
  const aliases = distinct(groups.map((group) => group.alias));
  const offers = new Map<string, number>();
  for (const { services, refused } of groups) {
    for (const { id } of [...services, ...refused]) offers.set(id, (offers.get(id) ?? 0) + 1);
  }
  const name = <T extends { id: string }>(entry: T, index: number) => {
    const alias = aliases[index] ?? '';
    const id = (offers.get(entry.id) ?? 0) > 1 ? `${alias}/${entry.id}` : entry.id;
    return { ...entry, id, alias, slug: entry.id };
  };
  return {
    services: groups.flatMap(({ services }, index) => services.map((service) => name(service, index))),
    refused: groups.flatMap(({ refused }, index) => refused.map((entry) => name(entry, index))),
  };
}

function leftOut(location: string, error: BimServiceError): string {
  const shown = showAddress(location);
  return error.message.includes(shown) ? `left out: ${error.message}` : `${shown} left out: ${error.message}`;
}

function allFailed(failures: readonly BimServiceError[]): BimServiceError {
  const first = failures.find((error) => !isNetworkTrouble(error)) ?? failures[0];
  if (first === undefined) return new BimServiceError('repository-unreadable', 'No repository is configured');
  if (failures.length === 1) return first;
  const message = `None of ${failures.length} repositories could be read: ${failures.map((error) => error.message).join('; ')}`;
  return new BimServiceError(first.code, message, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    phase: 'list',
    cause: first,
  });
}

function isNetworkTrouble(error: BimServiceError): boolean {
  return error.exitCode === EXIT_CODES.unreachable;
}
