// The repositories in use: from the option, the environment, the configuration, or the default.
import { isAbsolute, resolve } from 'node:path';
import type { Context } from '../../context.js';
import type { RepositorySource } from '../../core/repository/read-source.js';
import { BimServiceError } from '../../errors.js';
import { DEFAULT_REPOSITORY, hasScheme } from '../../protocol/repository/addresses.js';

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
  return !isRepositoryNamed(context) && context.config.read().repositories.length === 0;
}

/** True when this command or its environment names a repository. */
export function isRepositoryNamed({ options, runtime }: Context): boolean {
  return options.repository !== undefined || Boolean(runtime.env.BIMSERVICE_REPOSITORY);
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
