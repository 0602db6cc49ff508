// Reads all configured repositories, and the lists of the providers in them, at the same time.

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

/** A service with the two names that find it. */
export interface ListedService extends Service {
  /** The alias of its repository, or of the provider whose list contains it. */
  alias: string;
  /** Its id within that list; `alias/slug` always finds it. */
  slug: string;
  /** The operator named its list: as an option, in the environment, in the configuration, or in a local file of lists. */
  isNamed: boolean;
  /** Its list may be a copy that was not requested in this run. */
  isCopy?: true;
}

export interface RefusedService extends RefusedEntry {
  alias: string;
  slug: string;
}

export interface LoadedRepositories {
  services: ListedService[];
  /** Entries with an unsafe address. They are not listed; `findService` throws the error for such an entry. */
  refused: RefusedService[];
  warnings: string[];
}

/**
 * The services of every source, in the order of the sources. An id is the slug, or `alias/slug` when two lists have the
 * same slug. A source that fails is a warning as long as another source can be read; with `strict`, invalid content is
 * an error. Throws BimServiceErrors `repository-unreadable`, `repository-invalid` and `unsafe-address` (exit 3), or the
 * network errors (exit 5) when all failures are network failures.
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
      // One by one: a list may have more warnings than a call takes arguments.
      for (const group of outcome.value.groups) groups.push(group);
      for (const warning of outcome.value.warnings) warnings.push(warning);
      continue;
    }
    const error: unknown = outcome.reason;
    if (!(error instanceof BimServiceError)) throw error;
    if (input.strict && error.code !== 'repository-unreadable' && !isNetworkTrouble(error)) throw error;
    failures.push(error);
    warnings.push(skippedText(input.sources[index]?.location ?? '', error));
  }
  if (failures.length > 0 && failures.length === outcomes.length) throw combinedError(failures);
  return { ...withUniqueIds(groups), warnings };
}

function withUniqueIds(groups: readonly SourceGroup[]): Pick<LoadedRepositories, 'services' | 'refused'> {
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
    services: groups.flatMap(({ services, isNamed }, index) =>
      services.map((service) => ({ ...name(service, index), isNamed })),
    ),
    refused: groups.flatMap(({ refused }, index) => refused.map((entry) => name(entry, index))),
  };
}

function skippedText(location: string, error: BimServiceError): string {
  const shown = showAddress(location);
  return error.message.includes(shown) ? `left out: ${error.message}` : `${shown} left out: ${error.message}`;
}

function combinedError(failures: readonly BimServiceError[]): BimServiceError {
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
