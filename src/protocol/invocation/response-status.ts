// What a status without a result means for the person (RFC 9110 15, PROTOCOL 1.6).

import type { ErrorCode, Outcome } from '../../errors.js';
import { cleanText } from '../text/clean-text.js';
import { readBearerChallenge } from './bearer-challenge.js';
import { lacksScope } from './invocation.js';
import { addressText, type ResponseHead } from './response-head.js';

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

/** What is known about the service and the request. */
export interface RequestFacts {
  /** The dialect refuses tokens with a web page. */
  refusesWithPages: boolean;
  /** `open`: the entry names no addresses for a token. `typed`: there is no entry, only an address. */
  entry: 'oauth' | 'open' | 'typed';
  hasToken: boolean;
}

/** What a status other than a plain success means. `url` is where the model was sent. */
export function failureOfStatus(
  head: ResponseHead,
  serviceId: string,
  url: string,
  { refusesWithPages, entry, hasToken }: RequestFacts = {
    refusesWithPages: false,
    entry: 'oauth',
    hasToken: true,
  },
): ResponseFailure {
  const { status, location } = head;
  const failure = (
    code: ErrorCode,
    words: string,
    hint: string,
    outcome: Outcome = 'refused',
  ): ResponseFailure => ({ code, outcome, words, hint });
  const again =
    entry === 'typed'
      ? `Store another token: bimservice token ${serviceId} --set -`
      : `Authorize again: bimservice authorize ${serviceId}`;
  if (status >= 300 && status < 400) {
    const where = location === null ? '' : ` to ${hostText(location)}`;
    const hint = `A login page or a moved service: check the address (bimservice list ${serviceId}) or authorize again.`;
    return failure('unexpected-redirect', `redirected${where} (${status}) instead of responding`, hint);
  }
  if (lacksScope(head)) {
    const scope = readBearerChallenge(head.challenge)?.scope;
    const needed = scope ? `: it needs "${scope}"` : '';
    const hint = `Have the provider add the scope to its entry in the repository. ${again}`;
    return failure(
      'token-refused',
      `does not allow this with the scope of the token (insufficient_scope, ${status})${needed}`,
      hint,
    );
  }
  switch (status) {
    case 202: {
      const where =
        location === null ? '' : ` The service names this address for it: ${addressText(location, url)}`;
      return failure(
        'accepted',
        'accepted the model and has no result yet (202)',
        `Do not send the model again: the job may run. Ask the service for its result.${where}`,
        'unknown',
      );
    }
    case 206:
      return failure(
        'result-incomplete',
        'sent only a part of a result (206)',
        'Report this to its provider.',
        'done',
      );
    case 401:
      if (entry === 'typed' && !hasToken) {
        return failure(
          'token-refused',
          'did not accept the model without a token (401)',
          `Put one into BIMSERVICE_TOKEN, or store it: bimservice token ${serviceId} --set -\nTo get one in the browser, add the list of its provider: bimservice repository add URL`,
        );
      }
      return entry === 'open'
        ? failure(
            'token-refused',
            'did not accept the model without a token (401), and its entry names no addresses to get one',
            `Ask the provider for registerUrl, authorizationUrl and tokenUrl. See the entry: bimservice list ${serviceId}`,
          )
        : failure('token-refused', 'did not accept the token (401)', again);
    case 403:
      // Who checks tokens says what is wrong with them; a page is for people, and comes from what stands before the service.
      // A dialect may refuse a token with a page itself.
      if (!refusesWithPages && head.challenge === null && /^text\/html\b/i.test(head.contentType ?? '')) {
        return failure(
          'service-refused',
          'refused this with a web page (403), as a firewall or gateway in front of it does',
          'This is not about the token: ask the provider to let the model through, and give the words of the page.',
        );
      }
      return failure(
        'token-refused',
        'does not allow this (403)',
        `${again} - with an account that may use the service.`,
      );
    case 407:
      return failure(
        'proxy-failed',
        'was not reached: the proxy requires a user and a password (407)',
        'Put them into HTTPS_PROXY.',
        'not-sent',
      );
    case 404:
    case 410:
      return failure(
        'service-refused',
        `has nothing at its address (${status})`,
        `Is the address still right? bimservice list ${serviceId} --refresh`,
      );
    case 408:
      return failure(
        'service-refused',
        'stopped waiting for the model (408)',
        'Try again on a faster connection.',
      );
    case 411:
      return failure(
        'service-refused',
        'requires the length of the model in advance (411)',
        'Give the model as a file, not through a pipe.',
      );
    case 413:
      return failure(
        'service-refused',
        'says the model is too large (413)',
        'Ask the provider for its limit, or send a smaller model.',
      );
    case 415:
      return failure(
        'service-refused',
        'does not take this type of model (415)',
        `See what it takes: bimservice list ${serviceId}\nIf the type was detected wrongly, name the right one: --input-type TYPE`,
      );
    case 429:
      return failure(
        'service-refused',
        'gets too many requests (429)',
        head.retryAfter === null
          ? 'Wait a while, and send fewer at once (--jobs).'
          : 'Send fewer at once (--jobs).',
      );
    case 502:
    case 504:
      // The gateway lost the connection to the service, or stopped waiting. The service may still be working.
      return failure(
        'outcome-unknown',
        `could not be reached behind its gateway (${status})`,
        'The job may have run: look at the service before you send the model again.',
        'unknown',
      );
    case 503:
      return failure('service-failed', 'is not available now (503)', 'Try again later, or ask the provider.');
    default:
      return status >= 500
        ? failure('service-failed', `failed (${status})`, 'Try again later, or ask the provider.')
        : failure(
            'service-refused',
            `refused the model (${status})`,
            `Check the model and its type, or ask the provider: bimservice list ${serviceId}`,
          );
  }
}

function hostText(location: string): string {
  return URL.canParse(location) ? new URL(location).host : cleanText(location.replace(/\?.*/, ''), 80);
}
