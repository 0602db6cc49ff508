// `repository add|remove|list`: the stored list of repositories.

import type { Context } from '../context.js';
import type { StoredRepository } from '../core/ports/config.js';
import { BimServiceError } from '../errors.js';
import { tableLines } from '../output/table.js';
import { checkEndpoint, hasScheme } from '../protocol/repository/addresses.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { aliasOf, located, repositorySources } from './shared/resolve-service.js';

export async function addRepositoryCommand(
  context: Context,
  [typed = '']: string[],
  options: { alias?: string },
): Promise<void> {
  if (typed === '-')
    throw new BimServiceError('usage', 'stdin cannot be stored as a repository; give a URL or a file');
  if (hasScheme(typed)) checkEndpoint(typed, { insecure: context.options.insecure ?? false });
  const { baseUrl } = context.options;
  if (baseUrl !== undefined) checkEndpoint(baseUrl, { insecure: context.options.insecure ?? false });
  const entry = {
    alias: options.alias ?? aliasOf(typed),
    location: located(context, typed),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  let repositories: StoredRepository[] = [];
  await context.config.update((config) => {
    const taken = config.repositories.find(
      ({ alias, location }) => alias === entry.alias || location === entry.location,
    );
    if (taken) throw alreadyThere(taken);
    repositories = [...config.repositories, entry];
    return { ...config, repositories };
  }, context.runtime.signal);
  if (context.json) await context.printJson({ repositories });
  context.reporter.info(`Added ${cleanText(entry.alias)} (${cleanText(entry.location)}).`);
}

function alreadyThere({ alias, location }: StoredRepository): BimServiceError {
  return new BimServiceError(
    'usage',
    `the repository ${cleanText(alias)} (${cleanText(location)}) is already there`,
    {
      hint: `Another name: --alias NAME; to replace it: bimservice repository remove ${cleanText(alias)}`,
    },
  );
}

export async function removeRepositoryCommand(context: Context, [typed = '']: string[]): Promise<void> {
  const names = [typed, located(context, typed)];
  let repositories: StoredRepository[] = [];
  await context.config.update((config) => {
    repositories = config.repositories.filter(
      ({ alias, location }) => !names.includes(alias) && !names.includes(location),
    );
    if (repositories.length === config.repositories.length) {
      throw new BimServiceError('usage', `no stored repository is called ${cleanText(typed)}`, {
        hint: 'See them: bimservice repository list',
      });
    }
    return { ...config, repositories };
  }, context.runtime.signal);
  if (context.json) await context.printJson({ repositories });
  context.reporter.info(`Removed ${cleanText(typed)}.`);
}

export async function listRepositoriesCommand(context: Context): Promise<void> {
  const repositories = repositorySources(context);
  if (context.json) return context.printJson({ repositories });
  const rows = [
    ['ALIAS', 'LOCATION', 'BASE URL'],
    ...repositories.map(({ alias, location, baseUrl = '' }) =>
      [alias, location, baseUrl].map((text) => cleanText(text)),
    ),
  ];
  const based = repositories.some(({ baseUrl }) => baseUrl !== undefined);
  const shown = based ? rows : rows.map((row) => row.slice(0, 2));
  const lines = await tableLines(shown, Number.POSITIVE_INFINITY);
  await context.print(`${lines.join('\n')}\n`);
}
