// The secrets of one run, one of each kind, and a scanner that finds them in every encoding.

import { randomBytes } from 'node:crypto';

export interface RunSecrets {
  clientSecret: string;
  code: string;
  accessToken: string;
  refreshToken: string;
  /** The token of an earlier login, for cases that begin with one. */
  oldToken: string;
  /** A credential of another service, which no case uses. */
  otherSecret: string;
  otherToken: string;
}

/** New values. They contain characters that look different when they are URL- or JSON-encoded. */
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

/** The names of the secrets that `text` contains, raw, URL-, JSON- or base64-encoded. */
export function secretsIn(text: string | Buffer, secrets: RunSecrets): string[] {
  const haystack = typeof text === 'string' ? text : text.toString('latin1');
  return Object.entries(secrets).flatMap(([name, value]: [string, string]) => {
    const form = formsOf(value).find((candidate) => haystack.includes(candidate));
    return form === undefined ? [] : [name];
  });
}

/** Every spelling in which a value may appear. */
export function formsOf(value: string): string[] {
  const form = new URLSearchParams([['', value]]).toString().slice(1);
  const json = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, form, encodeURIComponent(value), json, ...base64Forms(value)])];
}

/**
 * The base64 of the value at each of its three alignments inside a longer text (`id:secret` of Basic, for example),
 * without the characters at either end that depend on the neighbors.
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
