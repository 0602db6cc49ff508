// Which addresses from a repository or a person may be asked, opened or posted to (CASES B029).

import { BimServiceError } from '../../errors.js';
import { cleanText } from '../text/clean-text.js';

/** The public repository that is read when nothing else is named (PROTOCOL, introduction, 1). A page for people. */
export const DEFAULT_REPOSITORY =
  'https://github.com/opensourceBIM/BIMserver-Repository/blob/master/servicesnew.json';

export interface AddressRules {
  /** True where the person gave `--insecure`: plain http to a foreign host is allowed. */
  insecure: boolean;
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** True for `localhost`, 127.0.0.0/8 and `[::1]`, as `URL.hostname` spells them. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** True where `location` names something by scheme, not a file; `C:\lists` is a file. */
export function hasScheme(location: string): boolean {
  return SCHEME.test(location);
}

/**
 * `address` as a URL that is safe to ask, to open in a browser and to hand to a program as one argument.
 *
 * Allowed are https, and http to this machine (or anywhere with `insecure`). Throws BimServiceError
 * `unsafe-address`, which names the address without any password in it, for every other scheme, user names,
 * control characters, a leading `-` and what is no absolute address.
 */
export function checkEndpoint(address: string, { insecure }: AddressRules): URL {
  if (CONTROL.test(address)) throw unsafe(address, 'it holds control characters');
  if (address.startsWith('-')) throw unsafe(address, 'it looks like an option');
  if (!URL.canParse(address))
    throw unsafe(address, 'it is no absolute address', 'Write it in full, with https://');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrongScheme(address, url);
  if (url.username !== '' || url.password !== '') {
    throw unsafe(address, 'it holds a user name or password', 'Leave out what stands before the @.');
  }
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    const hint = 'Use https, or --insecure where you trust the network on the way.';
    throw unsafe(address, 'plain http to another machine can be read and changed on the way', hint);
  }
  return url;
}

/** The raw file behind a GitHub page address (`…/blob/REF/PATH`); any other address as it is. */
export function rawAddress(url: URL): URL {
  if (url.hostname !== 'github.com' && url.hostname !== 'www.github.com') return url;
  const [, owner, repository, page, ...rest] = url.pathname.split('/');
  if ((page !== 'blob' && page !== 'raw') || rest.length < 2) return url;
  return new URL(`/${[owner, repository, ...rest].join('/')}`, 'https://raw.githubusercontent.com');
}

/** `url` as its author spelt it where only the slash of an empty path differs, else in its normal form. */
export function spellAddress(url: URL, original: string): string {
  return url.href === `${original}/` ? original : url.href;
}

/** `address` on one line, with any user name and password taken out. For messages. */
export function showAddress(address: string): string {
  return cleanText(address.replace(/^([^/?#]*:?[/\\]{2})[^/?#]*@/, '$1'));
}

function wrongScheme(address: string, url: URL): BimServiceError {
  // `localhost:8080/servicelist` reads as the scheme `localhost:`.
  if (/^\d/.test(url.pathname))
    return unsafe(address, 'its scheme is missing', 'Write http:// or https:// in front.');
  return unsafe(
    address,
    `"${url.protocol}" is not a web address`,
    'Only https (and http on this machine) is used.',
  );
}

function unsafe(address: string, why: string, hint?: string): BimServiceError {
  const advice = hint ?? 'Have the address corrected where it comes from.';
  return new BimServiceError('unsafe-address', `Address refused: "${showAddress(address)}": ${why}`, {
    hint: advice,
  });
}
