// Request parameters by RFC 6749 3.1 and 3.2: empty ones count as absent, and none may be repeated.

import { oauthError } from '../http/http.js';

export interface Parameters {
  /** The value; undefined when it was not sent, was empty, or was sent more than once. */
  get(name: string): string | undefined;
  /** Names that were sent more than once. */
  readonly repeated: ReadonlySet<string>;
}

export function readParameters(pairs: URLSearchParams): Parameters {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of pairs) {
    if (values.has(name)) repeated.add(name);
    values.set(name, value);
  }
  const get = (name: string): string | undefined => {
    const value = values.get(name);
    return value === undefined || value === '' || repeated.has(name) ? undefined : value;
  };
  return { get, repeated };
}

/** The media type in a Content-Type header, in lower case, without parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** The members of a JSON object. Refuses anything else with 400 `error`. */
export function readJsonObject(text: string, error: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw oauthError(400, error, 'The body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw oauthError(400, error, 'The body is not a JSON object');
  }
  return { ...value };
}
