// Headers as they are sent, the only function to look one up, and their form in a log.
import { cleanText } from './clean-text.js';
import { publicAddress } from './public-address.js';

/** Headers in their original order and spelling; values are already decoded to text (PROTOCOL 1.11, 10). */
export type HeaderFields = ReadonlyArray<readonly [name: string, value: string]>;

/** The first value of the header `name` (lower case), or null. Names are compared without case (RFC 9110 5.1). */
export function headerValue(headers: HeaderFields, name: string): string | null {
  return headers.find(([field]) => field.toLowerCase() === name)?.[1] ?? null;
}

/** True for a value that every server reads correctly: visible ASCII, with blanks inside (RFC 9110 5.5). */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/** True for visible ASCII without a blank: what a token, a code or an id in a header must be. */
export function isVisibleWord(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

const SECRET_FIELD = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|token|x-(?:api-key|auth-token))$/i;

/** Addresses, whose parameters can be anything: a code, a key, what a person has typed. */
const ADDRESS_FIELD = /^(?:(?:content-)?location|refresh|link|referer)$/i;

/**
 * The headers for a log, as one line of JSON: values that are secrets by their name are `[secret]`, and addresses lose
 * their parameters.
 */
export function loggedHeaders(headers: HeaderFields): string {
  const fields = headers.map(([name, value]) => {
    const scheme = /^(?:Basic|Bearer|Digest) (?=.)/i.exec(value)?.[0] ?? '';
    if (SECRET_FIELD.test(name)) return [cleanText(name), `${scheme}[secret]`];
    const shown = ADDRESS_FIELD.test(name) ? value.replace(/[?#].*$/s, '?…') : publicAddress(value);
    return [cleanText(name), cleanText(shown)];
  });
  return JSON.stringify(Object.fromEntries(fields));
}
