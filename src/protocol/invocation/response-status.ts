// What a status without a result means for the person (RFC 9110 15, PROTOCOL 1.6). The words of each status: status-rules.ts.

import type { ErrorCode, Outcome } from '../../errors.js';
import type { ResponseHead } from './response-head.js';
import { type RequestFacts, type StatusText, statusRule } from './status-rules.js';

/** In a message, `words` follow the service's id and come before the reason that the body gives. */
export interface ResponseFailure {
  code: ErrorCode;
  outcome: Outcome;
  words: string;
  hint: string;
}

/** A failure in a response with a success status: in its label, or only in its body (PROTOCOL 1.6). */
export function reportedError(serviceId: string): ResponseFailure {
  return {
    code: 'service-failed',
    outcome: 'refused',
    words: 'reported an error',
    hint: `Check the model, or ask the provider: bimservice list ${serviceId}`,
  };
}

/** What a status other than a plain success means. `url` is where the model was sent. */
export function failureOfStatus(
  head: ResponseHead,
  serviceId: string,
  url: string,
  facts: RequestFacts = { refusesWithPages: false, entry: 'oauth', hasToken: true },
): ResponseFailure {
  const failed = { head, serviceId, url, ...facts };
  const { code, outcome = 'refused', words, hint } = statusRule(failed);
  const text = (value: StatusText) => (typeof value === 'string' ? value : value(failed));
  return { code, outcome, words: text(words), hint: text(hint) };
}
