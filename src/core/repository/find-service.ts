// Finds the service that a person means by SERVICE: id, name, an unambiguous beginning of one, or a resource address.

import { BimServiceError } from '../../errors.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { shellWord } from '../../protocol/text/shell-word.js';
import type { ListedService, RefusedService } from './load-repositories.js';
import { nearest } from './nearest.js';

/** Services that one error names. */
const MAX_SHOWN = 8;

type Candidate = ListedService | RefusedService;
type Matcher = (candidate: Candidate) => boolean;

/**
 * The one service that `query` means. Exact matches come before loose ones, and the first kind of match that finds
 * anything decides. Throws BimServiceErrors `service-not-found` (with similar ids), `service-ambiguous` (with all ids)
 * and `unsafe-address` when the matching entry of the repository cannot be used. `others` are the models of the command
 * line: one of them may be the service that is meant.
 */
export function findService(
  services: readonly ListedService[],
  refused: readonly RefusedService[],
  query: string,
  others: readonly string[] = [],
): ListedService {
  const candidates: Candidate[] = [...services, ...refused];
  const [found, ...rest] = findCandidates(candidates, query);
  if (found === undefined) throw notFound(query, candidates, swapped(query, others, candidates));
  if (rest.length > 0) throw ambiguous(query, [found, ...rest]);
  if ('error' in found) throw found.error;
  return found;
}

/** All candidates that `query` may mean. Exact matches come before loose ones; the first kind that finds anything decides. */
export function findCandidates<Each extends Candidate>(candidates: readonly Each[], query: string): Each[] {
  for (const matches of matchers(query)) {
    const found = candidates.filter(matches);
    if (found.length > 0) return found;
  }
  return [];
}

function matchers(query: string): Matcher[] {
  const word = fold(query);
  if (word === '') return [];
  const address = webAddress(query);
  // A list can use any name and id, also the address of another service, so an address finds only itself.
  if (address !== null) return [(candidate) => isAt(candidate, address)];
  const full = ({ alias, slug }: Candidate) => `${alias}/${slug}`;
  return [
    (candidate) => candidate.id === query.trim(),
    (candidate) => full(candidate) === query.trim(),
    (candidate) => 'listId' in candidate && candidate.listId === query.trim(),
    (candidate) => fold(candidate.name) === word,
    (candidate) => [candidate.id, full(candidate), candidate.slug].some((id) => fold(id) === word),
    (candidate) =>
      [candidate.id, full(candidate), candidate.slug, candidate.name].some((text) =>
        fold(text).startsWith(word),
      ),
  ];
}

/** `query` as a web address in its normal form; null for any other way to name a service. */
export function webAddress(query: string): URL | null {
  const typed = query.trim();
  return /^https?:\/\//i.test(typed) && URL.canParse(typed) ? new URL(typed) : null;
}

function isAt(candidate: Candidate, address: URL): boolean {
  return 'resourceUrl' in candidate && new URL(candidate.resourceUrl).href === address.href;
}

/** Normalizes a text, so that case and runs of blanks do not count. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function ambiguous(query: string, found: readonly Candidate[]): BimServiceError {
  const shown = found
    .slice(0, MAX_SHOWN)
    .map(({ id, name }) => `${cleanText(id, 80)}  (${cleanText(name, 80)})`);
  const rest = found.length - shown.length;
  const lines = [
    'Use one of these ids:',
    ...shown,
    ...(rest > 0 ? [`and ${rest} more: bimservice list`] : []),
  ];
  const message = `"${showAddress(query)}" is the beginning or name of ${found.length} services`;
  return new BimServiceError('service-ambiguous', message, { hint: lines.join('\n'), phase: 'list' });
}

/** The command that is meant when a service stands among the models (`invoke model.ifc dup`); null when none does. */
function swapped(query: string, others: readonly string[], candidates: readonly Candidate[]): string | null {
  const service = others.find((word) => findCandidates(candidates, word).length > 0);
  if (service === undefined) return null;
  const models = [query, ...others.filter((word) => word !== service)].map((word) =>
    shellWord(cleanText(word, 200)),
  );
  return `bimservice invoke ${shellWord(cleanText(service, 80))} ${models.join(' ')}`;
}

function notFound(query: string, candidates: readonly Candidate[], meant: string | null): BimServiceError {
  const names = new Map(
    candidates.flatMap(({ id, name }) => [[fold(id), id] as const, [fold(name), id] as const]),
  );
  const close = [...new Set(nearest(fold(query), [...names.keys()]).map((name) => names.get(name) ?? name))];
  const hint =
    candidates.length === 0
      ? 'The repository has no services; "bimservice list" shows why.'
      : meant !== null
        ? `The service comes first. Did you mean: ${meant}`
        : webAddress(query) !== null
          ? `No list has it. It can be used without one: bimservice invoke ${showAddress(query)} MODEL`
          : close.length > 0
            ? `Did you mean ${joinIds(close, ' or ')}?`
            : '"bimservice list" shows all services.';
  const message = `There is no service "${showAddress(query)}"`;
  return new BimServiceError('service-not-found', message, { hint, phase: 'list' });
}

function joinIds(ids: readonly string[], separator = ', '): string {
  const shown = ids
    .slice(0, MAX_SHOWN)
    .map((id) => cleanText(id, 80))
    .join(separator);
  return ids.length > MAX_SHOWN ? `${shown} …` : shown;
}
