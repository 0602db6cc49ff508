// Fetches a list over the network. A cache keeps a copy, so that `list` works offline.

import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { headerValue } from '../../protocol/text/headers.js';
import type { HttpClient, SmallResponse } from '../ports/http.js';
import type { CachedList, ListCache } from '../ports/list-cache.js';
import type { Clock } from '../ports/system.js';
import { getFollowing, type RedirectRules } from './follow-redirects.js';

/** `revalidate`: request it, unless the copy is fresh; `refresh`: request it without the cache; `offline`: cache only. */
export type CacheUse = 'revalidate' | 'refresh' | 'offline';

export interface FetchOptions extends RedirectRules {
  cacheUse: CacheUse;
}

export interface FetchPorts {
  http: Pick<HttpClient, 'request'>;
  cache: ListCache;
  clock: Clock;
  /** Called where a copy is used without a request, because it is fresh. */
  onFreshCopy?: () => void;
}

/** The document that `read` gets; `status` is absent for a cached copy. */
export interface FetchedDocument {
  body: Uint8Array;
  status?: number;
  contentType?: string;
}

export interface DocumentReading<T> {
  value: T;
  warnings: string[];
}

/** For this time after the last check the copy is used without a request. */
const FRESH_MS = 5 * 60_000;

/**
 * Fetches `address` and returns what `read` makes of it. Only a document that `read` accepts is cached, so that a sign-in
 * page never replaces a list. When the network or the server fails, the last good copy is read, with a warning that
 * names its age. Throws the errors of `read`, the network errors, and BimServiceErrors `repository-unreadable` and
 * `unsafe-address` (a redirect).
 */
export async function fetchDocument<T>(
  address: URL,
  read: (document: FetchedDocument) => Promise<T>,
  options: FetchOptions,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<DocumentReading<T>> {
  const shown = showAddress(address.href);
  const cached = options.cacheUse === 'refresh' ? null : await ports.cache.read(address.href);
  const age = cached === null ? 0 : ports.clock.now() - cached.checkedAt;
  if (options.cacheUse === 'offline') {
    if (cached === null) throw notCached(shown);
    return {
      value: await read(copy(cached)),
      warnings: [`offline: ${shown} is a copy, ${ageInWords(age)} old`],
    };
  }
  // A negative age means that the clock was set back, so the age is unknown.
  if (cached !== null && age >= 0 && age < FRESH_MS) {
    ports.onFreshCopy?.();
    return { value: await read(copy(cached)), warnings: [] };
  }
  const response = await request(address, cached, options, ports, signal);
  if (response instanceof BimServiceError) {
    if (cached === null) throw response;
    const warning = `${response.message}; a copy of ${shown} is used, ${ageInWords(age)} old`;
    return { value: await read(copy(cached)), warnings: [warning] };
  }
  const checkedAt = ports.clock.now();
  if (response.status === 304 && cached !== null) {
    const value = await read(copy(cached));
    await ports.cache.write(address.href, { ...cached, checkedAt });
    return { value, warnings: [] };
  }
  if (response.status !== 200) throw badStatus(shown, response.status);
  const fresh: CachedList = {
    body: response.body,
    contentType: headerValue(response.headers, 'content-type'),
    etag: headerValue(response.headers, 'etag'),
    lastModified: headerValue(response.headers, 'last-modified'),
    checkedAt,
  };
  const value = await read({ ...copy(fresh), status: response.status });
  await ports.cache.write(address.href, fresh);
  return { value, warnings: [] };
}

/** The response, or a failure that is not about the list itself, so that a copy may be used (RFC 5861 4). */
async function request(
  address: URL,
  cached: CachedList | null,
  options: FetchOptions,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<SmallResponse | BimServiceError> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-encoding': 'identity' };
  if (cached?.etag) headers['if-none-match'] = cached.etag;
  if (cached?.lastModified) headers['if-modified-since'] = cached.lastModified;
  try {
    const response = await getFollowing(address, headers, options, ports.http, signal);
    const serverTrouble = response.status >= 500 || response.status === 429;
    return serverTrouble ? badStatus(showAddress(address.href), response.status) : response;
  } catch (error) {
    if (error instanceof BimServiceError && error.exitCode === EXIT_CODES.unreachable) return error;
    throw error;
  }
}

function badStatus(shown: string, status: number): BimServiceError {
  const signIn = 'This list requires a sign-in; save it to a file and name the file with --repository.';
  const hint =
    status === 401 || status === 403 ? signIn : status >= 500 ? 'Try again later.' : 'Check the address.';
  const message = `${shown} responded with HTTP ${status} instead of a list`;
  return new BimServiceError('repository-unreadable', message, { hint, phase: 'list' });
}

function notCached(shown: string): BimServiceError {
  const hint = 'Run the command once without --offline.';
  const message = `offline: there is no copy of ${shown} on this machine`;
  return new BimServiceError('repository-unreadable', message, { hint, phase: 'list' });
}

function copy({ body, contentType }: CachedList): FetchedDocument {
  return { body, ...(contentType === null ? {} : { contentType }) };
}

function ageInWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return count(minutes, 'minute');
  return minutes < 2880 ? count(Math.floor(minutes / 60), 'hour') : count(Math.floor(minutes / 1440), 'day');
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
