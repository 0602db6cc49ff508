// Decides which addresses from a repository or a person may be requested or opened (CASES B029).

import { BimServiceError } from '../../errors.js';
import { cleanText } from '../text/clean-text.js';
import { before } from '../text/cut.js';
import { publicAddress } from '../text/public-address.js';

/** The default repository (PROTOCOL 0). It is the address of a GitHub page, not of the raw file. */
export const DEFAULT_REPOSITORY =
  'https://github.com/opensourceBIM/BIMserver-Repository/blob/master/servicesnew.json';

export interface AddressRules {
  /** True when the person gave `--insecure`: plain http to another machine is allowed. */
  insecure: boolean;
}

/** `unsafe-address`: an address that may not be used, and why, without the address. */
export class UnsafeAddress extends BimServiceError {
  constructor(
    address: string,
    readonly why: string,
    hint = 'Ask the maintainer of the repository to correct the address.',
  ) {
    super('unsafe-address', `Address refused: "${showAddress(address)}": ${why}`, { hint });
  }
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** True for `localhost`, 127.0.0.0/8 and `[::1]`, in the spelling of `URL.hostname`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** True when `location` begins with a scheme and is not a file; `C:\lists` is a file. */
export function hasScheme(location: string): boolean {
  return SCHEME.test(location);
}

/**
 * `address` as a URL that is safe to request, to open in a browser and to pass to a program as one argument.
 *
 * Allowed are https, and http to this machine (with `insecure` also to other machines). Throws BimServiceError
 * `unsafe-address` for every other scheme, user names, control characters, a leading `-`, and text that is not an
 * absolute address. The error names the address without any password in it.
 */
export function checkEndpoint(address: string, { insecure }: AddressRules): URL {
  if (CONTROL.test(address)) throw new UnsafeAddress(address, 'it has control characters');
  if (address.startsWith('-')) throw new UnsafeAddress(address, 'it looks like an option');
  if (!URL.canParse(address))
    throw new UnsafeAddress(address, 'it is not an absolute address', 'Write it in full, with https://');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrongScheme(address, url);
  if (url.username !== '' || url.password !== '') {
    throw new UnsafeAddress(address, 'it has a user name or password', 'Remove the part before the @.');
  }
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    const hint = 'Use https, or --insecure when you trust the network.';
    throw new UnsafeAddress(
      address,
      'plain http to another machine can be read and changed on the way',
      hint,
    );
  }
  return url;
}

/** The raw file of a GitHub page address (`…/blob/REF/PATH`); any other address unchanged. */
export function rawAddress(url: URL): URL {
  if (url.hostname !== 'github.com' && url.hostname !== 'www.github.com') return url;
  const [, owner, repository, page, ...rest] = url.pathname.split('/');
  if ((page !== 'blob' && page !== 'raw') || rest.length < 2) return url;
  return new URL(`/${[owner, repository, ...rest].join('/')}`, 'https://raw.githubusercontent.com');
}

/** `url` in its original spelling when only the slash of an empty path differs, otherwise in its normal form. */
export function spellAddress(url: URL, original: string): string {
  return url.href === `${original}/` ? original : url.href;
}

/** `address` on one line and without a user name and password, for messages. */
export function showAddress(address: string): string {
  const bare = publicAddress(address);
  if (bare !== address) return cleanText(bare);
  const slashes = /^[^/\\?#]{0,40}[/\\]{2}/.exec(address)?.[0] ?? '';
  const site = before(address.slice(slashes.length), '/?#');
  const hidden = slashes === '' ? 0 : site.lastIndexOf('@') + 1;
  return cleanText(slashes + address.slice(slashes.length + hidden));
}

/** An absolute http(s) address without user information or control characters, else null; `""` is null. */
export function httpAddress(value: unknown): string | null {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s\p{Cc}\\]+$/iu.test(value) || !URL.canParse(value))
    return null;
  const url = new URL(value);
  return url.username === '' && url.password === '' ? value : null;
}

/** Host and port of an address: what an error may name of it, since a query can hold secrets. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : cleanText(url, 80);
}

function wrongScheme(address: string, url: URL): UnsafeAddress {
  // `localhost:8080/servicelist` reads as the scheme `localhost:`.
  if (/^\d/.test(url.pathname))
    return new UnsafeAddress(address, 'its scheme is missing', 'Write http:// or https:// in front.');
  return new UnsafeAddress(
    address,
    `"${url.protocol}" is not a web address`,
    'Only https (and http on this machine) is used.',
  );
}

/** `unsafe-address`: a list, a redirect or a server from far away names what is near. */
export function tooNear(address: string, by: 'list' | 'server' = 'list'): UnsafeAddress {
  return new UnsafeAddress(
    address,
    `a ${by} on another machine may not make this one call itself or its own network`,
    'If the address is right, save the list to a file: --repository FILE. If the server has a wrong site address: --base-url URL.',
  );
}
