// The one table of what each status without a result means, and of its words (RFC 9110 15, PROTOCOL 1.6).

import type { ErrorCode, Outcome } from '../../errors.js';
import { cleanText } from '../text/clean-text.js';
import { readBearerChallenge } from './bearer-challenge.js';
import { lacksScope } from './invocation.js';
import { addressText, type ResponseHead } from './response-head.js';

/** What is known about the service and the request. */
export interface RequestFacts {
  /** The dialect refuses tokens with a web page. */
  refusesWithPages: boolean;
  /** `open`: the entry names no addresses for a token. `typed`: there is no entry, only an address. */
  entry: 'oauth' | 'open' | 'typed';
  hasToken: boolean;
}

/** A response without a result. `url` is where the model was sent. */
export interface FailedResponse extends RequestFacts {
  head: ResponseHead;
  serviceId: string;
  url: string;
}

export type StatusText = string | ((failed: FailedResponse) => string);

export interface StatusRule {
  /** Absent: any status. */
  statuses?: readonly number[];
  /** What else must be true. */
  when?: (failed: FailedResponse) => boolean;
  code: ErrorCode;
  /** Absent: `refused`. */
  outcome?: Outcome;
  words: StatusText;
  hint: StatusText;
}

/** The first rule that applies decides. The last one always applies. */
const RULES: readonly StatusRule[] = [
  {
    statuses: [202],
    code: 'accepted',
    outcome: 'unknown',
    words: 'accepted the model and has no result yet (202)',
    hint: (failed) =>
      `Do not send the model again: the job may run. Ask the service for its result.${resultAddress(failed)}`,
  },
  {
    statuses: [206],
    code: 'result-incomplete',
    outcome: 'done',
    words: 'sent only a part of a result (206)',
    hint: 'Report this to its provider.',
  },
  {
    when: ({ head }) => head.status >= 300 && head.status < 400,
    code: 'unexpected-redirect',
    words: ({ head }) => `redirected${toHost(head.location)} (${head.status}) instead of responding`,
    hint: (failed) =>
      `A login page or a moved service. See its address: bimservice list ${failed.serviceId}${orAuthorize(failed)}`,
  },
  {
    when: ({ head }) => lacksScope(head),
    code: 'token-refused',
    words: ({ head }) =>
      `does not allow this with the scope of the token (insufficient_scope, ${head.status})${neededScope(head)}`,
    hint: (failed) =>
      `Have the provider add the scope to its entry in the repository. ${anotherToken(failed)}`,
  },
  {
    statuses: [401],
    when: ({ entry, hasToken }) => entry === 'typed' && !hasToken,
    code: 'token-refused',
    words: 'did not accept the model without a token (401)',
    hint: ({ serviceId }) =>
      `Put one into BIMSERVICE_TOKEN, or store it: bimservice token ${serviceId} --set -\nTo get one in the browser, add the list of its provider: bimservice repository add URL`,
  },
  {
    statuses: [401],
    when: ({ entry }) => entry === 'open',
    code: 'token-refused',
    words: 'did not accept the model without a token (401), and its entry names no addresses to get one',
    hint: ({ serviceId }) =>
      `Ask the provider for registerUrl, authorizationUrl and tokenUrl. See the entry: bimservice list ${serviceId}`,
  },
  {
    statuses: [401],
    code: 'token-refused',
    words: 'did not accept the token (401)',
    hint: anotherToken,
  },
  {
    statuses: [403],
    when: isPageOfGateway,
    code: 'service-refused',
    words: 'refused this with a web page (403), as a firewall or gateway in front of it does',
    hint: 'This is not about the token: ask the provider to let the model through, and give the words of the page.',
  },
  {
    statuses: [403],
    code: 'token-refused',
    words: 'does not allow this (403)',
    hint: (failed) =>
      `${anotherToken(failed)}${failed.entry === 'open' ? '' : ' - with an account that may use the service.'}`,
  },
  {
    statuses: [404, 410],
    code: 'service-refused',
    words: ({ head }) => `has nothing at its address (${head.status})`,
    hint: ({ serviceId }) => `Is the address still right? bimservice list ${serviceId} --refresh`,
  },
  {
    statuses: [407],
    code: 'proxy-failed',
    outcome: 'not-sent',
    words: 'was not reached: the proxy requires a user and a password (407)',
    hint: 'Put them into HTTPS_PROXY.',
  },
  {
    statuses: [408],
    code: 'service-refused',
    words: 'stopped waiting for the model (408)',
    hint: 'Try again on a faster connection.',
  },
  {
    statuses: [411],
    code: 'service-refused',
    words: 'requires the length of the model in advance (411)',
    hint: 'Give the model as a file, not through a pipe.',
  },
  {
    statuses: [413],
    code: 'service-refused',
    words: 'says the model is too large (413)',
    hint: 'Ask the provider for its limit, or send a smaller model.',
  },
  {
    statuses: [415],
    code: 'service-refused',
    words: 'does not take this type of model (415)',
    hint: ({ serviceId }) =>
      `See what it takes: bimservice list ${serviceId}\nIf the type was detected wrongly, name the right one: --input-type TYPE`,
  },
  {
    statuses: [429],
    code: 'service-refused',
    words: 'gets too many requests (429)',
    hint: ({ head }) =>
      `${head.retryAfter === null ? 'Wait a while, and send fewer at once' : 'Send fewer at once'} (--jobs).`,
  },
  {
    // The gateway lost the connection to the service, or stopped waiting. The service may still be working.
    statuses: [502, 504],
    code: 'outcome-unknown',
    outcome: 'unknown',
    words: ({ head }) => `could not be reached behind its gateway (${head.status})`,
    hint: 'The job may have run: look at the service before you send the model again.',
  },
  {
    statuses: [503],
    code: 'service-failed',
    words: 'is not available now (503)',
    hint: 'Try again later, or ask the provider.',
  },
  {
    when: ({ head }) => head.status >= 500,
    code: 'service-failed',
    words: ({ head }) => `failed (${head.status})`,
    hint: 'Try again later, or ask the provider.',
  },
  {
    code: 'service-refused',
    words: ({ head }) => `refused the model (${head.status})`,
    hint: ({ serviceId }) =>
      `Check the model and its type, or ask the provider: bimservice list ${serviceId}`,
  },
];

/** The rule that decides about a response without a result. */
export function statusRule(failed: FailedResponse): StatusRule {
  const rule = RULES.find(
    ({ statuses, when }) =>
      (statuses?.includes(failed.head.status) ?? true) && (when === undefined || when(failed)),
  );
  if (rule === undefined) throw new Error('no rule applies to a status');
  return rule;
}

/**
 * Who checks tokens says what is wrong with them; a page is for people, and comes from what stands before the service.
 * A dialect may refuse a token with a page itself.
 */
function isPageOfGateway({ head, refusesWithPages }: FailedResponse): boolean {
  return !refusesWithPages && head.challenge === null && /^text\/html\b/i.test(head.contentType ?? '');
}

/** An open service has no token that could be replaced. */
function anotherToken({ entry, serviceId }: FailedResponse): string {
  if (entry === 'typed') return `Store another token: bimservice token ${serviceId} --set -`;
  if (entry === 'open') return `Ask its provider for access: bimservice list ${serviceId}`;
  return `Authorize again: bimservice authorize ${serviceId}`;
}

function orAuthorize({ entry, serviceId }: FailedResponse): string {
  return entry === 'oauth' ? `\nOr authorize again: bimservice authorize ${serviceId}` : '';
}

function resultAddress({ head, url }: FailedResponse): string {
  return head.location === null
    ? ''
    : ` The service names this address for it: ${addressText(head.location, url)}`;
}

function neededScope({ challenge }: ResponseHead): string {
  const scope = readBearerChallenge(challenge)?.scope;
  return scope ? `: it needs "${scope}"` : '';
}

function toHost(location: string | null): string {
  if (location === null) return '';
  return ` to ${URL.canParse(location) ? new URL(location).host : cleanText(location.replace(/\?.*/, ''), 80)}`;
}
