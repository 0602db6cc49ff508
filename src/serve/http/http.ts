// The responses of the provider as values.

import type { ResultFile } from '../service/served-service.js';

/** A whole response. Content-Length is added when it is sent. */
export interface ResponseContent {
  status: number;
  /** The words of the status line; Node's own by default. ISO-8859-1 without control characters. */
  reason?: string;
  headers: Record<string, string>;
  body: string | Uint8Array | ResultFile;
}

/** Thrown by a handler to send a response at once. */
export class Refusal extends Error {
  /** `words` say why, in fixed text, for the operator. */
  constructor(
    readonly content: ResponseContent,
    readonly words: string,
  ) {
    super(`HTTP ${content.status}`);
    this.name = 'Refusal';
  }
}

/** A JSON response that is not cached (RFC 6749 5.1 requires both headers). */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): ResponseContent {
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(value),
  };
}

/**
 * An error response with the members of RFC 6749 5.2. `description` is a fixed text of printable ASCII without quotes
 * and backslashes.
 */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Refusal {
  return new Refusal(jsonResponse(status, { error, error_description: description }, headers), description);
}

export function methodNotAllowed(allow: string): Refusal {
  return oauthError(405, 'invalid_request', `This address takes ${allow} only`, { Allow: allow });
}
