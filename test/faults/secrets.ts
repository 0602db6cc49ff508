// The secrets of one run, each of a kind, and a scanner that finds them in whatever form they leak.

import { randomBytes } from 'node:crypto';

export interface RunSecrets {
  clientSecret: string;
  code: string;
  accessToken: string;
  refreshToken: string;
  /** What an earlier login left, where a case begins with one. */
  oldToken: string;
  /** Credentials of another service, which no case is about. */
  otherSecret: string;
  otherToken: string;
}

/** New values. They hold characters that look different URL- and JSON-encoded. */
export function newSecrets(): RunSecrets {
  const value = (name: string, tail: string) => `${name}-${randomBytes(12).toString('hex')}${tail}`;
  return {
    clientSecret: value('client-secret', '"\\&%'),
    code: value('code', '+/='),
    accessToken: value('access-token', '+/='),
    refreshToken: value('refresh-token', '"+%'),
    oldToken: value('old-token', '+/='),
    otherSecret: value('other-secret', '"\\'),
    otherToken: value('other-token', '+/='),
  };
}

/** Names of the secrets that `text` holds, raw, URL-, JSON- or base64-encoded. */
export function secretsIn(text: string | Buffer, secrets: RunSecrets): string[] {
  const haystack = typeof text === 'string' ? text : text.toString('latin1');
  return Object.entries(secrets).flatMap(([name, value]: [string, string]) => {
    const form = formsOf(value).find((candidate) => haystack.includes(candidate));
    return form === undefined ? [] : [name];
  });
}

/** Every spelling under which a value may turn up. */
export function formsOf(value: string): string[] {
  const form = new URLSearchParams([['', value]]).toString().slice(1);
  const json = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, form, encodeURIComponent(value), json, ...base64Forms(value)])];
}

/**
 * Base64 of the value at each of its three alignments inside a longer text (`id:secret` of Basic, for example), without
 * the characters at either end that depend on the neighbours.
 */
function base64Forms(value: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const first = before === 0 ? 0 : before + 1;
    const last = Math.floor((bytes.length * 8) / 6);
    const inner = bytes.toString('base64').slice(first, last);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
