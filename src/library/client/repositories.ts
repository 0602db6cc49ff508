// The lists in use: those that the caller names, otherwise those that are stored, otherwise the public one.
import { isAbsolute, resolve } from 'node:path';
import type { RepositorySource } from '../../core/repository/read-source.js';
import { BimServiceError } from '../../errors.js';
import { DEFAULT_REPOSITORY, hasScheme } from '../../protocol/repository/addresses.js';
import type { Repositories } from './ports.js';

export interface RepositoryChoice {
  /** Null: none is named. */
  named(): readonly RepositorySource[] | null;
  stored(): readonly RepositorySource[];
  /** Replaces the wrong site address in the one list that is in use. */
  baseUrl: string | undefined;
}

export function chosenRepositories({ named, stored, baseUrl }: RepositoryChoice): Repositories {
  const configured = (): readonly RepositorySource[] => {
    const own = named();
    if (own !== null) return own;
    const kept = stored();
    return kept.length > 0
      ? kept
      : [{ alias: 'default', location: DEFAULT_REPOSITORY, isDefault: true as const }];
  };
  return {
    isNamed: () => named() !== null,
    isDefault: () => named() === null && stored().length === 0,
    sources() {
      const sources = [...configured()];
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
    },
  };
}

/** A list as it is named, with a short name of its own. @param cwd called only for a relative path */
export function namedSource(location: string, cwd: () => string): RepositorySource {
  return { alias: aliasOf(location), location: located(location, cwd) };
}

/** A short name for a repository: the host of a URL, the name of a file. */
export function aliasOf(location: string): string {
  if (location === '-') return 'stdin';
  if (hasScheme(location) && URL.canParse(location)) return new URL(location).hostname;
  return (location.split(/[/\\]/).at(-1) ?? location).replace(/\.json5?$/i, '');
}

/** A URL unchanged, a file as an absolute path. */
export function located(location: string, cwd: () => string): string {
  return location === '-' || hasScheme(location) || isAbsolute(location)
    ? location
    : resolve(cwd(), location);
}
