// A GET that follows redirects itself, so that each address is checked before it is requested.

import { deadline } from '../../deadline.js';
import { BimServiceError } from '../../errors.js';
import {
  type AddressRules,
  checkEndpoint,
  showAddress,
  tooNear,
} from '../../protocol/repository/addresses.js';
import { mayName, reachOf } from '../../protocol/repository/reach.js';
import { headerValue } from '../../protocol/text/headers.js';
import type { HttpClient, SmallResponse } from '../ports/http.js';

export interface RedirectRules extends AddressRules {
  /** The longest time for the whole exchange with its redirects, in ms. */
  limitMs: number;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * The response after at most five redirects. Throws the network errors and BimServiceErrors `unsafe-address` (a redirect
 * to an address that `checkEndpoint` refuses, or from https to http), `repository-unreadable` (too many redirects, a
 * redirect without an address, not HTTP) and `unreachable` (the time is over). Rethrows the reason of `signal`.
 */
export async function getFollowing(
  address: URL,
  headers: Record<string, string>,
  rules: RedirectRules,
  http: Pick<HttpClient, 'request'>,
  signal: AbortSignal,
): Promise<SmallResponse> {
  using limit = deadline(signal, rules.limitMs, new Error('no response in time'));
  let url = address;
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await http.request({ method: 'GET', url: url.href, headers }, limit.signal);
      if (!REDIRECTS.includes(response.status)) return response;
      url = redirectTarget(response, url, rules);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (limit.passed) throw tooSlow(url, rules.limitMs);
    throw asListError(error, url);
  }
  throw unreadable(`${showAddress(address.href)} redirects more than ${MAX_REDIRECTS} times`);
}

function redirectTarget(response: SmallResponse, from: URL, rules: AddressRules): URL {
  const location = headerValue(response.headers, 'location');
  const shown = showAddress(from.href);
  if (location === null || !URL.canParse(location, from.href)) {
    throw unreadable(`${shown} redirects (HTTP ${response.status}) without an address`);
  }
  const target = new URL(location, from);
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    const message = `${shown} redirects from https to plain http: ${showAddress(target.href)}`;
    throw new BimServiceError('unsafe-address', message, { hint: 'Inform the provider.', phase: 'list' });
  }
  try {
    const url = checkEndpoint(target.href, rules);
    if (!mayName(reachOf(from.hostname), url)) throw tooNear(url.href);
    return url;
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new BimServiceError('unsafe-address', `${shown} redirects: ${error.message}`, {
      ...hint,
      phase: 'list',
    });
  }
}

function tooSlow(url: URL, limitMs: number): BimServiceError {
  const message = `${url.host} did not respond within ${limitMs / 1000} s`;
  return new BimServiceError('unreachable', message, {
    hint: 'Try again later, or check the network (proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY).',
    phase: 'list',
  });
}

/** A response that is endless or not HTTP means a repository that cannot be read, not a service that failed. */
function asListError(error: unknown, url: URL): unknown {
  if (!(error instanceof BimServiceError) || error.code !== 'service-nonsense') return error;
  const message = `${showAddress(url.href)} cannot be read: ${error.message}`;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new BimServiceError('repository-unreadable', message, { ...hint, phase: 'list', cause: error });
}

function unreadable(message: string): BimServiceError {
  return new BimServiceError('repository-unreadable', message, {
    hint: 'Give the final address.',
    phase: 'list',
  });
}
