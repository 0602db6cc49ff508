// A server that lists addresses of a site that only it knows: behind a proxy, in a container, after a change of the port (PROTOCOL 1.1).
import { cleanText } from '../text/clean-text.js';
import { showAddress } from './addresses.js';
import { completed } from './base-url.js';

/** What a kind of server does with the addresses of its own site; the dialects have it. */
export interface SiteKind {
  /** True when its list may have a site address that only the server itself can reach. */
  mayNameWrongSite: boolean;
  /** An address that the server sent, as it has to be requested. */
  tidyAddress(address: string): string;
}

/** The kind of the server of a resource address, which can be parsed. */
export type SiteKindOf = (resourceUrl: string) => SiteKind;

const LIST = '/servicelist';

/** What `--base-url` has to be where a list has the wrong site address: the address in front of `/servicelist`. Null for other lists. */
export function siteOfList(location: string): URL | null {
  if (!/^https?:/i.test(location) || !URL.canParse(location)) return null;
  const url = new URL(location);
  if (!url.pathname.endsWith(LIST)) return null;
  return new URL(url.origin + url.pathname.slice(0, -LIST.length));
}

/** The site that `resourceUrl` names, as text, where the list at `location` is of another one; else null. */
export function otherSite(
  resourceUrl: string,
  location: string,
  kindOf: SiteKindOf | undefined,
): string | null {
  const site = siteOfList(location);
  if (site === null) return null;
  const whole = completed(resourceUrl, site);
  if (!URL.canParse(whole) || !kindOf?.(whole).mayNameWrongSite) return null;
  const { origin } = new URL(whole);
  if (whole !== resourceUrl) return cleanText(resourceUrl.replace(/\/services$/, ''), 80) || '(nothing)';
  return origin === site.origin ? null : origin;
}

/** The option that corrects the list at `location`. */
export function siteOption(location: string): string {
  const site = siteOfList(location);
  return site === null ? '--base-url URL' : `--base-url ${site.origin}${site.pathname.replace(/\/$/, '')}`;
}

/** One warning for all services of a list whose site is another one; `left` of them are left out because of `why`. */
export function siteWarning(
  location: string,
  site: string,
  left: { count: number; why: string } | null,
): string {
  const what = `${showAddress(location)} says that its services are at ${site}`;
  const out =
    left === null
      ? ''
      : `, so ${left.count} of them ${left.count === 1 ? 'is' : 'are'} left out (${left.why})`;
  return `${what}${out}; if that is wrong: ${siteOption(location)}`;
}
