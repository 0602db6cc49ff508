// Reads a repository document in all forms in use: bare, {services}, {active:[{listUrl}]} (PROTOCOL 1.0, 1.1).

import { BimServiceError } from '../../errors.js';
import { cleanText } from '../text/clean-text.js';
import { jsonTextOf } from '../text/json-object.js';
import { reachOfLocation } from './reach.js';
import { checkNamed, type EntryRules, readEntry } from './repository-entry.js';
import type { Service } from './service.js';
import { type Identified, stableIds } from './service-id.js';
import { otherSite, siteOfList, siteOption, siteWarning } from './site-address.js';

export interface ReadingRules extends EntryRules {
  /** The name of the repository in messages. */
  source: string;
  /** Its address or file, or `-`; stored with each service. */
  location: string;
  /** True: a bad entry is an error. False: it is left out with a warning. */
  strict: boolean;
}

/** An entry that cannot be used because one of its addresses is unsafe. Selecting it by name shows the error. */
export interface RefusedEntry {
  id: string;
  name: string;
  repository: string;
  /** `unsafe-address`, with the service and the address. */
  error: BimServiceError;
  /** The wrong site of the server, where that is probably the reason (`otherSite`), and why the address is unsafe. */
  site?: { address: string; why: string };
}

/** A server that has its own list. */
export interface ProviderList {
  name: string;
  url: string;
}

export interface Repository {
  services: Service[];
  refused: RefusedEntry[];
  lists: ProviderList[];
  warnings: string[];
}

/** A repository while it is read, with the faults of its entries. */
interface Reading extends Repository {
  faults: BimServiceError[];
}

/** Far more services than anyone offers; a list with more is a mistake or an attack. */
export const MAX_ENTRIES = 100_000;

/** Faults that one error spells out. */
const MAX_FAULTS = 50;

/**
 * Reads a parsed repository. Ids are unique within it and steady (`stableIds`).
 * Throws BimServiceError `repository-invalid` when it has none of the forms, and under `strict` one error that names
 * all bad entries (`unsafe-address` where the first is an address).
 */
export function readRepository(value: unknown, given: Omit<ReadingRules, 'reach'>): Repository {
  const rules = { ...given, reach: reachOfLocation(given.location) };
  const { faults, ...repository } = readForm(value, rules);
  if (rules.strict && faults.length > 0) throw allFaults(faults, rules);
  return { ...repository, warnings: [...repository.warnings, ...siteWarnings(repository, rules)] };
}

function readForm(value: unknown, rules: ReadingRules): Reading {
  const repository: Reading = { services: [], refused: [], lists: [], warnings: [], faults: [] };
  if (Array.isArray(value)) {
    checkCount(value, 'services', rules.source);
    readServices(value, '', [], rules, repository);
    return repository;
  }
  const services = member(value, 'services');
  const active = member(value, 'active');
  if (!Array.isArray(services) && !Array.isArray(active)) throw notARepository(value, rules.source);
  if (Array.isArray(services)) checkCount(services, 'services', rules.source);
  if (Array.isArray(active)) checkCount(active, 'providers', rules.source);
  if (Array.isArray(services)) readServices(services, '/services', capabilitiesOf(value), rules, repository);
  if (Array.isArray(active)) readLists(active, rules, repository);
  return repository;
}

function checkCount(entries: readonly unknown[], what: string, source: string): void {
  if (entries.length <= MAX_ENTRIES) return;
  throw new BimServiceError(
    'repository-invalid',
    `${source} holds ${entries.length} ${what}; at most ${MAX_ENTRIES} are read`,
    { hint: 'Ask the provider for a smaller list, or save a part of it to a file.', phase: 'list' },
  );
}

function capabilitiesOf(value: unknown): string[] {
  const listed = member(value, 'capabilities');
  return Array.isArray(listed) ? listed.filter((word) => typeof word === 'string') : [];
}

function readServices(
  entries: unknown[],
  base: string,
  capabilities: string[],
  rules: ReadingRules,
  into: Reading,
): void {
  const ids = stableIds(entries.map(identified));
  const entryRules = { ...rules, checked: new Map<string, string>() };
  for (const [index, entry] of entries.entries()) {
    const reading = readEntry(entry, entryRules);
    const id = ids[index] ?? String(index);
    if (reading.kind === 'service') {
      const listed = capabilities.length === 0 ? {} : { capabilities };
      into.services.push({ id, ...reading.service, ...listed, repository: rules.location });
      continue;
    }
    const name = text(member(entry, 'name'));
    const label = name === null ? `entry ${index + 1}` : `"${cleanText(name, 80)}"`;
    const at = `${base}/${index}${reading.pointer}`;
    if (reading.kind === 'bad') {
      leaveOut(`${label} (${at})`, reading.why, rules, into);
      continue;
    }
    const resourceUrl = text(member(entry, 'resourceUrl'))?.trim() ?? '';
    const site = rules.baseUrl ? null : otherSite(resourceUrl, rules.location, rules.kindOf);
    const hint = [
      ...(site === null ? [] : [`If ${site} is the wrong site address: ${siteOption(rules.location)}`]),
      ...(reading.error.hint === undefined ? [] : [reading.error.hint]),
    ].join('\n');
    const { message, why } = reading.error;
    const error = new BimServiceError(
      'unsafe-address',
      `${rules.source}: ${label} (${at}) cannot be used: ${message}`,
      { ...(hint === '' ? {} : { hint }), service: id, phase: 'list' },
    );
    into.faults.push(error);
    const refused = { id, name: name ?? id, repository: rules.location, error };
    into.refused.push(site === null ? refused : { ...refused, site: { address: site, why } });
    // All services of a server have the same site, which is one warning (`siteWarnings`).
    if (site === null) into.warnings.push(`${rules.source}: ${label} (${at}) left out: ${message}`);
  }
}

function identified(entry: unknown): Identified {
  return {
    name: text(member(entry, 'name')) ?? '',
    identity: () => jsonTextOf([member(entry, 'id') ?? null, member(entry, 'resourceUrl') ?? null]),
    content: () => jsonTextOf(entry),
  };
}

function readLists(entries: unknown[], rules: ReadingRules, into: Reading): void {
  for (const [index, entry] of entries.entries()) {
    const name = text(member(entry, 'name'));
    const label = name === null ? `provider ${index + 1}` : `"${cleanText(name, 80)}"`;
    const listUrl = text(member(entry, 'listUrl'));
    if (listUrl === null) {
      leaveOut(`${label} (/active/${index})`, 'it has no listUrl', rules, into);
      continue;
    }
    try {
      const url = checkNamed(listUrl, rules);
      into.lists.push({ name: name ?? url.host, url: url.href });
    } catch (error) {
      if (!(error instanceof BimServiceError)) throw error;
      into.faults.push(error);
      into.warnings.push(`${rules.source}: ${label} (/active/${index}/listUrl) left out: ${error.message}`);
    }
  }
}

/** The one error of a strict reading; every fault has a line. */
function allFaults(faults: readonly BimServiceError[], { source }: ReadingRules): BimServiceError {
  const [first, ...others] = faults;
  const hint = 'Correct the entry, or read the rest without --strict.';
  const code = first?.code ?? 'repository-invalid';
  if (others.length === 0)
    return new BimServiceError(code, first?.message ?? source, { hint: first?.hint ?? hint, phase: 'list' });
  const shown = faults.slice(0, MAX_FAULTS).map(({ message }) => message);
  const rest = faults.length - shown.length;
  const lines = [...shown, ...(rest > 0 ? [`and ${rest} more`] : []), hint.replace('entry', 'entries')];
  return new BimServiceError(code, `${source}: ${faults.length} entries cannot be used`, {
    hint: lines.join('\n'),
    phase: 'list',
  });
}

function leaveOut(what: string, why: string, { source }: ReadingRules, into: Reading): void {
  into.faults.push(
    new BimServiceError('repository-invalid', `${source}: ${what}: ${why}`, { phase: 'list' }),
  );
  into.warnings.push(`${source}: ${what} left out: ${why}`);
}

function notARepository(value: unknown, source: string): BimServiceError {
  const found =
    typeof value !== 'object' || value === null
      ? cleanText(JSON.stringify(value), 40)
      : `an object with ${cleanText(Object.keys(value).slice(0, 5).join(', '), 80) || 'nothing in it'}`;
  const message = `${source} is not a service repository: it holds ${found}`;
  const hint = 'A repository is a list of services, or an object with "services" or "active" lists.';
  return new BimServiceError('repository-invalid', message, { hint, phase: 'list' });
}

/** Warns once of a server that lists the addresses of another site. */
function siteWarnings({ services, refused }: Repository, { location, kindOf }: ReadingRules): string[] {
  const wrong = refused.flatMap(({ site }) => site ?? []);
  const [first] = wrong;
  if (first !== undefined)
    return [siteWarning(location, first.address, { count: wrong.length, why: first.why })];
  if (siteOfList(location) === null) return [];
  const sites = services
    .filter(({ rebase }) => rebase === undefined)
    .map(({ resourceUrl }) => otherSite(resourceUrl, location, kindOf));
  const [other] = sites.filter((site) => site !== null);
  return other === undefined ? [] : [siteWarning(location, other, null)];
}

/** An own member of a foreign object; undefined for everything else. */
function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
