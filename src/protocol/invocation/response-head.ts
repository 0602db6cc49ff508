// What the headers of a response to a model say (PROTOCOL 1.5, 1.6).

import { cleanText } from '../text/clean-text.js';
import { type HeaderFields, headerValue } from '../text/headers.js';
import { isSecretParameter } from '../text/secret-parameter.js';

/** What the headers of a response say about its body. Values are text; null when absent. */
export interface ResponseHead {
  status: number;
  /** The schema name in upper case, without quotes. */
  outputType: string | null;
  contentType: string | null;
  disposition: string | null;
  title: string | null;
  contextId: string | null;
  /** As received: where a redirect leads, or where an accepted run can be asked for. */
  location: string | null;
  /** For an asynchronous run: the result comes over the websocket (PROTOCOL 1.7). */
  topicId: string | null;
  /** `WWW-Authenticate` as received. */
  challenge: string | null;
  /** `Retry-After` as received. */
  retryAfter: string | null;
  /** `Date` as received. */
  date: string | null;
}

export function readResponseHead(status: number, headers: HeaderFields): ResponseHead {
  const field = (name: string) => headerValue(headers, name)?.trim() || null;
  const shown = (name: string) => {
    const value = field(name);
    return value === null ? null : cleanText(value.replace(/^"(.*)"$/, '$1'), 200);
  };
  return {
    status,
    outputType: shown('output-type'),
    contentType: shown('content-type'),
    disposition: field('content-disposition'),
    title: shown('data-title'),
    contextId: shown('context-id'),
    location: field('location'),
    topicId: field('topic-id'),
    challenge: field('www-authenticate'),
    retryAfter: field('retry-after'),
    date: field('date'),
  };
}

/**
 * How many seconds the service asks to wait (RFC 9110 10.2.3), from a number or a date; null where it does not say, or in
 * a form that cannot be read. A date counts from the response's own `Date`, because the clocks of two machines differ.
 * `now` is epoch ms, for a response without one.
 */
export function retryAfterSeconds({ retryAfter, date }: ResponseHead, now: number): number | null {
  if (retryAfter === null) return null;
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(retryAfter)) return Math.ceil(Number(retryAfter));
  if (!/^[a-z]{3,9},? /i.test(retryAfter)) return null;
  const until = Date.parse(retryAfter);
  const from = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(until)
    ? null
    : Math.max(0, Math.ceil((until - (Number.isNaN(from) ? now : from)) / 1000));
}

/**
 * An address from a header as a person needs it: whole, but without a user, and without values that can be secrets.
 *
 * @param base the address that it can be relative to
 */
export function addressText(location: string, base: string): string {
  if (!URL.canParse(location, base)) return cleanText(location.replace(/\?.*/s, ''), 200);
  const url = new URL(location, base);
  url.username = '';
  url.password = '';
  url.hash = '';
  for (const name of [...url.searchParams.keys()])
    if (isSecretParameter(name)) url.searchParams.set(name, '[secret]');
  return cleanText(url.href.replaceAll('%5Bsecret%5D', '[secret]'), 300);
}
