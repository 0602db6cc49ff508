// `repository add|remove|list`: the stored list of repositories.
import { tableLines } from '../cli/table.js';
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { checkEndpoint, hasScheme } from '../protocol/addresses.js';
import { cleanText } from '../protocol/text.js';
import { aliasOf, located, repositorySources } from './services.js';

export async function addRepositoryCommand(
  context: Context,
  [typed = '']: string[],
  options: { alias?: string },
): Promise<void> {
  if (typed === '-')
    throw new BimServiceError('usage', 'stdin cannot be stored as a repository; give a URL or a file');
  if (hasScheme(typed)) checkEndpoint(typed, { insecure: context.options.insecure ?? false });
  const entry = { alias: options.alias ?? aliasOf(typed), location: located(context, typed) };
  const config = context.config.read();
  const taken = config.repositories.find(
    ({ alias, location }) => alias === entry.alias || location === entry.location,
  );
  if (taken) {
    throw new BimServiceError(
      'usage',
      `the repository ${cleanText(taken.alias)} (${cleanText(taken.location)}) is already there`,
      {
        hint: `Another name: --alias NAME; to replace it: bimservice repository remove ${cleanText(taken.alias)}`,
      },
    );
  }
  await context.config.write({ ...config, repositories: [...config.repositories, entry] });
  if (context.json) await context.printJson({ repositories: [...config.repositories, entry] });
  context.reporter.info(`Added ${cleanText(entry.alias)} (${cleanText(entry.location)}).`);
}

export async function removeRepositoryCommand(context: Context, [typed = '']: string[]): Promise<void> {
  const config = context.config.read();
  const kept = config.repositories.filter(
    ({ alias, location }) =>
      ![typed, located(context, typed)].some((text) => text === alias || text === location),
  );
  if (kept.length === config.repositories.length) {
    throw new BimServiceError('usage', `no stored repository is called ${cleanText(typed)}`, {
      hint: 'See them: bimservice repository list',
    });
  }
  await context.config.write({ ...config, repositories: kept });
  if (context.json) await context.printJson({ repositories: kept });
  context.reporter.info(`Removed ${cleanText(typed)}.`);
}

export async function listRepositoriesCommand(context: Context): Promise<void> {
  const repositories = repositorySources(context).map(({ alias, location }) => ({ alias, location }));
  if (context.json) return context.printJson({ repositories });
  const rows = repositories.map(({ alias, location }) => [cleanText(alias), cleanText(location)]);
  await context.print(
    `${tableLines([['ALIAS', 'LOCATION'], ...rows], Number.POSITIVE_INFINITY).join('\n')}\n`,
  );
}
