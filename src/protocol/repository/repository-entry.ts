// Reads one entry of a repository: checks it against the published schema, checks its addresses, and makes a Service.

import type { ErrorObject } from 'ajv';
import validate from '../generated/repository-entry.js';
import {
  type AddressRules,
  checkEndpoint,
  httpAddress,
  spellAddress,
  tooNear,
  UnsafeAddress,
} from './addresses.js';
import { completed, rebased, rebaseOf } from './base-url.js';
import { mayName, type Reach } from './reach.js';
import type { Discovery, EntryForm, OAuthEndpoints, Service } from './service.js';
import type { SiteKindOf } from './site-address.js';

/** What an entry says about itself. Its id and repository come from the list that it is in. */
export type EntryService = Omit<Service, 'id' | 'repository'>;

/** `pointer` is the JSON pointer (RFC 6901) of the faulty member, relative to the entry. */
export type EntryReading =
  | { kind: 'service'; service: EntryService }
  | { kind: 'bad'; pointer: string; why: string }
  | { kind: 'refused'; pointer: string; error: UnsafeAddress };

const ENDPOINTS = ['registerUrl', 'authorizationUrl', 'tokenUrl'] as const;

export interface EntryRules extends AddressRules {
  /** `--base-url`: replaces the site address in all addresses of the entry. */
  baseUrl?: URL | null;
  /** Absent: no server is known to list a wrong site. */
  kindOf?: SiteKindOf;
  /** The address of the list; a relative icon is resolved against it. */
  location?: string;
  /** How near the list is. */
  reach: Reach;
  /** Addresses of the list that are safe, as they are spelled: most services of a server have the same OAuth addresses. */
  checked?: Map<string, string>;
}

/** An entry that passed the check against `repository-entry.schema.json`, so its members have these types. */
interface WireEntry extends Partial<OAuthEndpoints> {
  name: string;
  resourceUrl: string;
  description?: string;
  provider?: string;
  inputs?: string[];
  outputs?: string[];
  oauth?: Partial<OAuthEndpoints>;
  id?: string | number;
  providerIcon?: string;
  issuer?: string;
  foundationUrl?: string;
  scope?: string | string[];
  upload?: 'raw' | 'multipart';
  modelField?: string;
  fields?: Record<string, string>;
}

/** The form field name of the model when an entry does not name one. */
const MODEL_FIELD = 'file';

/** Reads one entry in flat, nested or open form (PROTOCOL 1.0). Never throws. */
export function readEntry(entry: unknown, rules: EntryRules): EntryReading {
  const candidate = withoutEmpty(entry);
  if (!isEntry(candidate)) {
    const [fault] = validate.errors ?? [];
    const why =
      (fault === undefined ? 'it does not fit the schema' : describe(fault)) + olderProtocolNote(entry);
    return { kind: 'bad', pointer: fault?.instancePath ?? '', why };
  }
  return makeService(candidate, rules);
}

function makeService(entry: WireEntry, rules: EntryRules): EntryReading {
  const { form, endpoints, at } = oauthOf(entry);
  const { baseUrl } = rules;
  const whole = (address: string) => (baseUrl ? completed(address.trim(), baseUrl) : address.trim());
  const resourceUrl = whole(entry.resourceUrl);
  const kind = URL.canParse(resourceUrl) ? rules.kindOf?.(resourceUrl) : null;
  const spelled = (address: string) => kind?.tidyAddress(whole(address)) ?? whole(address);
  const addresses = () => [entry.resourceUrl, ...Object.values(endpoints ?? {})].map(spelled);
  const rebase = baseUrl ? rebaseOf(addresses(), baseUrl) : null;
  let pointer = '';
  const check = (address: string, where: string): string => {
    pointer = where;
    const right = rebased(spelled(address), rebase ?? undefined);
    const known = rules.checked?.get(right);
    if (known !== undefined) return known;
    const spelling = spellAddress(checkNamed(right, rules), right);
    rules.checked?.set(right, spelling);
    return spelling;
  };
  try {
    const service: EntryService = {
      name: entry.name,
      description: entry.description ?? '',
      provider: entry.provider ?? '',
      inputs: entry.inputs ?? [],
      outputs: entry.outputs ?? [],
      resourceUrl: check(entry.resourceUrl, '/resourceUrl'),
      oauth: endpoints && {
        registerUrl: check(endpoints.registerUrl, `${at}/registerUrl`),
        authorizationUrl: check(endpoints.authorizationUrl, `${at}/authorizationUrl`),
        tokenUrl: check(endpoints.tokenUrl, `${at}/tokenUrl`),
      },
      form,
      ...optionalMembers(entry, check, rules.location),
      ...(rebase === null ? {} : { rebase }),
    };
    return { kind: 'service', service };
  } catch (error) {
    if (error instanceof UnsafeAddress) return { kind: 'refused', pointer, error };
    throw error;
  }
}

/** As `checkEndpoint`, for an address in a list: it may not be nearer than the list is. */
export function checkNamed(address: string, rules: EntryRules): URL {
  const url = checkEndpoint(address, rules);
  const isAsked = rules.baseUrl?.origin === url.origin;
  if (!isAsked && !mayName(rules.reach, url)) throw tooNear(address);
  return url;
}

/** The optional members that go beyond the original form. An absent member stays absent. */
function optionalMembers(
  entry: WireEntry,
  check: (address: string, where: string) => string,
  location: string | undefined,
): Partial<EntryService> {
  const { id, issuer, foundationUrl, scope, upload, modelField = MODEL_FIELD, fields = {} } = entry;
  const icon = iconOf(entry.providerIcon, location);
  const discovery: Discovery | null = issuer
    ? { kind: 'issuer', url: check(issuer, '/issuer') }
    : foundationUrl
      ? { kind: 'foundation', url: check(foundationUrl, '/foundationUrl') }
      : null;
  const scopes = [scope ?? []].flat().join(' ').trim();
  return {
    ...(id === undefined ? {} : { listId: String(id) }),
    ...(icon === null ? {} : { providerIcon: icon }),
    ...(discovery === null ? {} : { discovery }),
    ...(scopes === '' ? {} : { scope: scopes }),
    ...(upload === 'multipart' ? { multipart: { modelField, fields } } : {}),
  };
}

/** Resolves an icon like BIMserver's `/img/bimserver.png` (PROTOCOL 1.0). Null for one that is not a web address. */
function iconOf(icon: string | undefined, location: string | undefined): string | null {
  if (icon === undefined || icon === '') return null;
  if (location !== undefined && URL.canParse(icon, location))
    return httpAddress(new URL(icon, location).href);
  return httpAddress(icon);
}

/** When both spellings are present, the nested addresses win: they are the newer form. */
function oauthOf(entry: WireEntry): { form: EntryForm; endpoints: OAuthEndpoints | null; at: string } {
  const nested = entry.oauth === undefined ? null : completeEndpoints(entry.oauth);
  if (nested !== null) return { form: 'nested', endpoints: nested, at: '/oauth' };
  const flat = completeEndpoints(entry);
  return { form: flat === null ? 'open' : 'flat', endpoints: flat, at: '' };
}

function completeEndpoints({
  registerUrl,
  authorizationUrl,
  tokenUrl,
}: Partial<OAuthEndpoints>): OAuthEndpoints | null {
  if (registerUrl === undefined || authorizationUrl === undefined || tokenUrl === undefined) return null;
  return { registerUrl, authorizationUrl, tokenUrl };
}

/** `value`, or a copy without empty members: without null, and without OAuth addresses that are empty strings. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members: unknown[] = Object.values(value);
  const oauth: unknown = 'oauth' in value ? value.oauth : undefined;
  // Most entries have no empty member, and a list has many entries.
  if (!members.includes(null) && !members.includes('') && withoutEmpty(oauth) === oauth) return value;
  const kept = Object.entries(value)
    .filter((member) => !isEmpty(member))
    .map(([key, member]) => [key, key === 'oauth' ? withoutEmpty(member) : member]);
  return Object.fromEntries(kept);
}

function isEmpty([key, member]: [string, unknown]): boolean {
  return member === null || (member === '' && ENDPOINTS.some((name) => name === key));
}

function describe({ keyword, params, message, instancePath }: ErrorObject): string {
  if (keyword === 'required') return `it has no ${params.missingProperty}`;
  if (keyword === 'dependentRequired') {
    return `it has a ${params.property} but no ${params.missingProperty}: all three OAuth addresses or none`;
  }
  if (keyword === 'minLength' || (keyword === 'pattern' && instancePath === '/name')) return 'it is empty';
  return message ?? keyword;
}

/** The lists of new-revision notifications (2016 and before) look similar but are another protocol (PROTOCOL 1.0). */
function olderProtocolNote(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return '';
  const older = ['notificationProtocol', 'trigger', 'rights'].some((key) => Object.hasOwn(entry, key));
  return older ? '; the entry belongs to an older protocol' : '';
}

/** The published schema, compiled by `npm run build`, because loading ajv takes longer than the rest of a start. */
function isEntry(candidate: unknown): candidate is WireEntry {
  return validate(candidate);
}
