// Which proxy an address goes through: the conventional variables, with loopback always direct (CASES B100).
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../protocol/addresses.js';

/**
 * The proxy's address for `url` from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (any case), or null for a direct
 * connection. The address may hold a password: it is never shown as it is.
 */
export function proxyFor(url: string): string | null {
  if (isLoopback(new URL(url).hostname)) return null;
  return getProxyForUrl(url) || null;
}
