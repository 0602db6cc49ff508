// `--base-url`: replaces a wrong site address that a server sends (PROTOCOL 1.1).

import { trimEndOf } from '../text/cut.js';
import type { Rebase } from './service.js';

/**
 * The part of `addresses` that `base` replaces; the first address is resourceUrl. It is the origin of resourceUrl and,
 * when `base` has a path, the beginning that all paths on that origin share. Null when the first one is not an address.
 */
export function rebaseOf(addresses: readonly string[], base: URL): Rebase | null {
  const urls = addresses.filter((address) => URL.canParse(address)).map((address) => new URL(address));
  const [resource] = urls;
  if (resource === undefined || resource.href !== new URL(addresses[0] ?? '').href) return null;
  const path = trimEndOf(base.pathname, '/');
  const onSite = urls.filter(({ origin }) => origin === resource.origin).map(({ pathname }) => pathname);
  return {
    from: resource.origin + (path === '' ? '' : sharedBeginning(onSite)),
    to: base.origin + path,
  };
}

/**
 * `address` with the wrong site replaced. Any other address is unchanged, also one on the right site: a stored address
 * passes here again. A websocket address counts as its http form.
 */
export function rebased(address: string, rebase: Rebase | undefined): string {
  if (rebase === undefined || !URL.canParse(address)) return address;
  const { href, protocol } = new URL(address);
  const isSocket = protocol === 'ws:' || protocol === 'wss:';
  const web = isSocket ? href.replace(/^ws/, 'http') : href;
  const isRight = isBelow(rebase.to, rebase.from) && isBelow(web, rebase.to);
  if (isRight || !isBelow(web, rebase.from)) return address;
  const corrected = rebase.to + web.slice(rebase.from.length);
  return isSocket ? corrected.replace(/^http/, 'ws') : corrected;
}

/**
 * An address without its scheme or its host, made whole so that `base` can replace it: some servers make their addresses from a site
 * address that a person typed without them. Any other address is unchanged.
 */
export function completed(address: string, base: URL): string {
  if (/^https?:/i.test(address)) return address;
  if (address.startsWith('/')) return new URL(address, base).href;
  return /^[\w.-]+(?::\d+)?\//.test(address) ? `http://${address}` : address;
}

function isBelow(address: string, site: string): boolean {
  return address.startsWith(site) && /^(?:[/?#]|$)/.test(address.slice(site.length));
}

/** Whole segments only, and never the last one: `/bim/services`, `/bim/oauth/register` -> `/bim`. */
function sharedBeginning(paths: readonly string[]): string {
  if (paths.length < 2) return '';
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  const end = first.findIndex((segment, at) => others.some((other) => other[at] !== segment));
  return (end === -1 ? first : first.slice(0, end)).join('/');
}
