// `repository add|remove|list|check`: the stored list of repositories.

import type { Context } from '../context.js';
import type { StoredRepository } from '../core/ports/config.js';
import { checkRepository, type RepositoryCheck } from '../core/repository/check-repository.js';
import { counted } from '../durations.js';
import { errorShape } from '../error-shape.js';
import { BimServiceError } from '../errors.js';
import { isThere } from '../io/files/is-there.js';
import { aliasOf, located } from '../library/client/repositories.js';
import { loadPorts } from '../library/services/load-services.js';
import { type Column, tableLines } from '../output/table.js';
import { checkEndpoint, hasScheme, isLoopback } from '../protocol/repository/addresses.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { before } from '../protocol/text/cut.js';

export async function addRepositoryCommand(
  context: Context,
  [typed = '']: string[],
  options: { alias?: string; check: boolean },
): Promise<void> {
  const { runtime, reporter } = context;
  const insecure = context.options.insecure ?? false;
  if (typed === '-')
    throw new BimServiceError('usage', 'stdin cannot be stored as a repository; give a URL or a file');
  if (lacksScheme(typed) && !(await isThere(context.path(typed)))) throw noScheme(typed);
  if (hasScheme(typed)) checkEndpoint(typed, { insecure });
  const { baseUrl } = context.options;
  if (baseUrl !== undefined) checkEndpoint(baseUrl, { insecure });
  const entry = {
    alias: options.alias ?? aliasOf(typed),
    location: located(typed, () => context.runtime.cwd),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  const taken = conflicting(context.config.read().repositories, entry);
  if (taken) throw alreadyExists(taken);
  const check = options.check
    ? await checkRepository(entry, { insecure }, loadPorts(context.ports), runtime.signal)
    : null;
  if (check?.error) throw notAdded(entry, check.error);
  let repositories: StoredRepository[] = [];
  await context.config.update((config) => {
    const meanwhile = conflicting(config.repositories, entry);
    if (meanwhile) throw alreadyExists(meanwhile);
    repositories = [...config.repositories, entry];
    return { ...config, repositories };
  }, runtime.signal);
  const { services = null, warnings = [] } = check ?? {};
  for (const warning of warnings) reporter.warn(warning);
  if (context.json) await context.printJson({ repositories, added: { ...entry, services, warnings } });
  const offer =
    services === null ? 'not read' : services === 0 ? 'no service yet' : counted(services, 'service');
  reporter.info(`Added ${cleanText(entry.alias)} (${cleanText(entry.location)}): ${offer}.`);
  reporter.info('Next: bimservice list');
}

/** True for `bim.example.org/servicelist` or `localhost:8080`: a host without the scheme in front of it; not for `list.json`. */
function lacksScheme(typed: string): boolean {
  return (
    /^(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d+)?(?:\/|$)/i.test(typed) && !/^[^/]*\.json5?$/i.test(typed)
  );
}

function noScheme(typed: string): BimServiceError {
  const scheme = isLoopback(before(typed, ':/')) ? 'http' : 'https';
  return new BimServiceError('usage', `there is no file ${cleanText(typed)}`, {
    hint: `Did you mean the address? bimservice repository add ${scheme}://${cleanText(typed)}`,
  });
}

function notAdded({ location }: StoredRepository, error: BimServiceError): BimServiceError {
  const { code, message, hint, phase } = error;
  return new BimServiceError(code, `not added: ${message}`, {
    hint: `${hint === undefined ? '' : `${hint}\n`}To store it without a check: bimservice repository add ${cleanText(location)} --no-check`,
    ...(phase === undefined ? {} : { phase }),
    cause: error,
  });
}

function conflicting(
  stored: readonly StoredRepository[],
  entry: StoredRepository,
): StoredRepository | undefined {
  return stored.find(({ alias, location }) => alias === entry.alias || location === entry.location);
}

function alreadyExists({ alias, location }: StoredRepository): BimServiceError {
  return new BimServiceError(
    'usage',
    `the repository ${cleanText(alias)} (${cleanText(location)}) already exists`,
    {
      hint: `Another name: --alias NAME; to replace it: bimservice repository remove ${cleanText(alias)}`,
    },
  );
}

function notStored(typed: string): BimServiceError {
  return new BimServiceError('usage', `no stored repository is called ${cleanText(typed)}`, {
    hint: 'See them: bimservice repository list',
  });
}

export async function removeRepositoryCommand(context: Context, [typed = '']: string[]): Promise<void> {
  const names = [typed, located(typed, () => context.runtime.cwd)];
  let repositories: StoredRepository[] = [];
  await context.config.update((config) => {
    repositories = config.repositories.filter(
      ({ alias, location }) => !names.includes(alias) && !names.includes(location),
    );
    if (repositories.length === config.repositories.length) {
      throw notStored(typed);
    }
    return { ...config, repositories };
  }, context.runtime.signal);
  if (context.json) await context.printJson({ repositories });
  context.reporter.info(`Removed ${cleanText(typed)}.`);
}

const LIST_COLUMNS: readonly Column[] = [
  { title: 'ALIAS', kind: 'copy' },
  { title: 'LOCATION', kind: 'copy' },
  { title: 'BASE URL', kind: 'copy' },
];

export async function listRepositoriesCommand(context: Context): Promise<void> {
  const repositories = context.ports.repositories.sources();
  if (context.json) return context.printJson({ repositories });
  const based = repositories.some(({ baseUrl }) => baseUrl !== undefined);
  const columns = based ? LIST_COLUMNS : LIST_COLUMNS.slice(0, 2);
  const rows = repositories.map(({ alias, location, baseUrl = '' }) =>
    [alias, location, baseUrl].map((text) => cleanText(text)),
  );
  await context.printPage(await tableLines(columns, rows, context.width));
}

const CHECK_COLUMNS: readonly Column[] = [
  { title: 'ALIAS', kind: 'copy' },
  { title: 'RESULT', kind: 'copy' },
  { title: 'SERVICES', kind: 'copy', drop: 1 },
  { title: 'LOCATION', kind: 'copy', drop: 2 },
];

export async function checkRepositoriesCommand(context: Context, [named]: string[]): Promise<void> {
  const all = context.ports.repositories.sources();
  const sources =
    named === undefined
      ? all
      : all.filter(({ alias, location }) =>
          [alias, location].some(
            (text) => text === named || text === located(named, () => context.runtime.cwd),
          ),
        );
  if (sources.length === 0) throw notStored(named ?? '');
  const rules = { insecure: context.options.insecure ?? false };
  const ports = loadPorts(context.ports);
  const checks = await Promise.all(
    sources.map((source) => checkRepository(source, rules, ports, context.runtime.signal)),
  );
  const failure = checkFailure(checks);
  if (context.json) {
    const repositories = checks.map(({ source, services, warnings, error }) => ({
      ...source,
      services,
      warnings,
      error: error === null ? null : errorShape(error),
    }));
    await context.printJson({ repositories }, failure);
  } else {
    const rows = checks.map(({ source, services, error }) => [
      cleanText(source.alias),
      error === null ? 'ok' : error.code,
      error === null ? String(services) : '-',
      cleanText(source.location),
    ]);
    await context.printPage(await tableLines(CHECK_COLUMNS, rows, context.width));
  }
  for (const { warnings } of checks) for (const warning of warnings) context.reporter.warn(warning);
  if (failure !== null) throw failure;
}

function checkFailure(checks: readonly RepositoryCheck[]): BimServiceError | null {
  const failed = checks.flatMap(({ error }) => error ?? []);
  const [first] = failed;
  if (first === undefined || checks.length === 1) return first ?? null;
  return new BimServiceError(first.code, `${failed.length} of ${checks.length} repositories cannot be read`, {
    hint: failed.map(({ message }) => message).join('\n'),
  });
}
