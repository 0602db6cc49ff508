// Gets a list over the network, with a cache beside it so that `list` works on a train.

import { BimServiceError, EXIT_CODES } from '../../errors.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { headerValue } from '../../protocol/text/headers.js';
import type { HttpClient, SmallResponse } from '../ports/http.js';
import type { CachedList, ListCache } from '../ports/list-cache.js';
import type { Clock } from '../ports/system.js';
import { getFollowing, type RedirectRules } from './follow-redirects.js';

/** `revalidate`: ask, unless it was asked a moment ago; `refresh`: ask without the cache; `offline`: only the cache. */
export type CacheUse = 'revalidate' | 'refresh' | 'offline';

export interface FetchOptions extends RedirectRules {
  cacheUse: CacheUse;
}

export interface FetchPorts {
  http: Pick<HttpClient, 'request'>;
  cache: ListCache;
  clock: Clock;
}

/** What a reader gets; the status is absent for a copy from the cache. */
export interface FetchedDocument {
  body: Uint8Array;
  status?: number;
  contentType?: string;
}

export interface DocumentReading<T> {
  value: T;
  warnings: string[];
}

/** Within this time of the last check the copy is used without asking. */
const FRESH_MS = 5 * 60_000;

/**
 * Gets `address` and hands it to `read`, whose answer is returned; only what `read` takes is cached (a sign-in page
 * never replaces a list). When the network or the server fails, the last good copy is read, with a warning that says
 * its age. Throws what `read` throws, and BimServiceErrors `repository-unreadable`, `unsafe-address` (a redirect),
 * and the network's own.
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
  // An age below zero means that the clock was set back: then nothing is known.
  if (cached !== null && age >= 0 && age < FRESH_MS) return { value: await read(copy(cached)), warnings: [] };
  const answer = await ask(address, cached, options, ports, signal);
  if (answer instanceof BimServiceError) {
    if (cached === null) throw answer;
    const warning = `${answer.message}; a copy of ${shown} is used, ${ageInWords(age)} old`;
    return { value: await read(copy(cached)), warnings: [warning] };
  }
  const checkedAt = ports.clock.now();
  if (answer.status === 304 && cached !== null) {
    const value = await read(copy(cached));
    await ports.cache.write(address.href, { ...cached, checkedAt });
    return { value, warnings: [] };
  }
  if (answer.status !== 200) throw badStatus(shown, answer.status);
  const fresh: CachedList = {
    body: answer.body,
    contentType: headerValue(answer.headers, 'content-type'),
    etag: headerValue(answer.headers, 'etag'),
    lastModified: headerValue(answer.headers, 'last-modified'),
    checkedAt,
  };
  const value = await read({ ...copy(fresh), status: answer.status });
  await ports.cache.write(address.href, fresh);
  return { value, warnings: [] };
}

/** The answer, or a failure that says nothing about the list itself, so that a copy may stand in (RFC 5861 4). */
async function ask(
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
  const signIn = 'This list asks for a sign-in; save it to a file and give that with --repository.';
  const hint =
    status === 401 || status === 403 ? signIn : status >= 500 ? 'Try again later.' : 'Check the address.';
  const message = `${shown} answered with HTTP ${status} instead of a list`;
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
