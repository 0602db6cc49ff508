// Step 4 of the protocol: the request headers for a model, and what the response head means (PROTOCOL 1.5, 1.6).
import type { ErrorCode, Outcome } from '../../errors.js';
import type { Secret } from '../../secret.js';
import { normalizeSchemaName, SCHEMAS } from '../content/schema-names.js';
import { cleanText } from '../text/clean-text.js';
import { type HeaderFields, headerValue } from '../text/headers.js';
import { readBearerChallenge } from './bearer-challenge.js';

export interface InvocationHeaders {
  /** Null for an open service. */
  token: Secret | null;
  inputType: string;
  /** The type that the person requested, or the only type that the service lists; null: not sent. */
  outputType: string | null;
  contextId: string | null;
  /** `Token`: some servers expect this header instead of `Authorization: Bearer` (PROTOCOL 1.9). */
  sendAs: 'Authorization' | 'Token';
  /** Null: not sent. */
  flow: AcceptFlow | null;
  /** The content type of a form, with its boundary; null: the model itself is the body. */
  formType: string | null;
}

/** Without blanks: BIMserver does not trim it (PROTOCOL 1.5). */
export type AcceptFlow = 'SYNC' | 'ASYNC_WS,SYNC';

/** The request headers of PROTOCOL 1.5. `identity`: a result is stored as received, so no coding is requested. */
export function invocationHeaders({
  token,
  inputType,
  outputType,
  contextId,
  sendAs,
  flow,
  formType,
}: InvocationHeaders): Record<string, string> {
  return {
    ...(token === null ? {} : tokenHeader(token, sendAs)),
    'Content-Type': formType ?? 'application/octet-stream',
    'Input-Type': inputType,
    ...(outputType === null ? {} : { 'Output-Type': outputType }),
    ...(contextId === null ? {} : { 'Context-Id': contextId }),
    ...(flow === null ? {} : { 'Accept-Flow': flow }),
    Accept: '*/*',
    'Accept-Encoding': 'identity',
  };
}

/** Exactly one blank after `Bearer`: BIMserver cuts at character 7 (PROTOCOL 1.5). */
function tokenHeader(token: Secret, sendAs: InvocationHeaders['sendAs']): Record<string, string> {
  return sendAs === 'Token' ? { Token: token.reveal() } : { Authorization: `Bearer ${token.reveal()}` };
}

/** What the head of a response says about its body. Header values are text; null when absent. */
export interface ResponseHead {
  status: number;
  /** The schema name in upper case, without quotes. */
  outputType: string | null;
  contentType: string | null;
  disposition: string | null;
  title: string | null;
  contextId: string | null;
  /** The host of a redirect, for the error message. */
  location: string | null;
  /** For an asynchronous run: the result comes over the websocket (PROTOCOL 1.7). */
  topicId: string | null;
  /** `WWW-Authenticate` as received. */
  challenge: string | null;
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
  };
}

/** What to do with the body: save it, ignore it, or read it as the reason for a failure. */
export type ResponseClass =
  | { kind: 'result' }
  /** 204 and 205: the service succeeded and sends no result (CASES B133). */
  | { kind: 'no-result' }
  | ResponseFailure;

/** In a message, `words` follow the service's id and come before the reason that the body gives. */
export interface ResponseFailure {
  kind: 'failure';
  code: ErrorCode;
  outcome: Outcome;
  words: string;
  hint: string;
}

/** A failure in a response with a success status: in its label, or only in its text (PROTOCOL 1.6). */
export function reportedError(serviceId: string): ResponseFailure {
  return {
    kind: 'failure',
    code: 'service-failed',
    outcome: 'refused',
    words: 'reported an error',
    hint: `Check the model, or ask the provider: bimservice list ${serviceId}`,
  };
}

/** Classifies a response by its status and its `Output-Type` (PROTOCOL 1.6; RFC 9110 15). */
export function classifyResponse(head: ResponseHead, serviceId: string): ResponseClass {
  const { status } = head;
  const failure = (
    code: ErrorCode,
    words: string,
    hint: string,
    outcome: Outcome = 'refused',
  ): ResponseFailure => ({
    kind: 'failure',
    code,
    outcome,
    words,
    hint,
  });
  if (status === 204 || status === 205) return { kind: 'no-result' };
  if (status === 206)
    return failure('result-incomplete', 'sent only a part of a result (206)', 'Tell the provider.', 'done');
  if (status >= 200 && status < 300) {
    return head.outputType?.toUpperCase() === 'ERROR' ? reportedError(serviceId) : { kind: 'result' };
  }
  if (status >= 300 && status < 400) {
    const where = head.location === null ? '' : ` to ${locationText(head.location)}`;
    const hint = `A login page or a moved service: check the address (bimservice list ${serviceId}) or authorize again.`;
    return failure('unexpected-redirect', `redirected${where} (${status}) instead of responding`, hint);
  }
  const again = `Authorize again: bimservice authorize ${serviceId}`;
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
    case 401:
      return failure('token-refused', 'did not accept the token (401)', again);
    case 403:
      // Who checks tokens says what is wrong with them; a page is for people, and comes from what stands before the service.
      if (head.challenge === null && /^text\/html\b/i.test(head.contentType ?? '')) {
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
        'Name another with --input-type.',
      );
    case 429:
      return failure(
        'service-refused',
        'gets too many requests (429)',
        'Wait a while, and send fewer at once (--jobs).',
      );
    case 502:
    case 504:
      // The gateway lost the connection to the service, or stopped waiting. The service may still be working.
      return failure(
        'service-failed',
        `could not be reached behind its gateway (${status})`,
        'The job may have run: look at the service before you send the model again.',
        'unknown',
      );
    case 503:
      return failure('service-failed', 'is not available now (503)', 'Try again later.');
    default:
      return status >= 500
        ? failure('service-failed', `failed (${status})`, 'Try again later, or ask the provider.')
        : failure(
            'service-refused',
            `refused the model (${status})`,
            'The text after it is what the service reported.',
          );
  }
}

/** True when the response, or the person, says that the result is one JSON document. */
export function promisesJson(head: ResponseHead, expect: string | null): boolean {
  const isJson = (type: string | null) =>
    type !== null && SCHEMAS.get(normalizeSchemaName(type))?.content?.join() === 'json';
  if (isJson(expect) || isJson(head.outputType)) return true;
  return /^[\w.+-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(head.contentType ?? '');
}

function locationText(location: string): string {
  return URL.canParse(location) ? new URL(location).host : cleanText(location.replace(/\?.*/, ''), 80);
}

/** True when the response says that the run continues and delivers its result over the websocket (PROTOCOL 1.7). */
export function isAsync(head: ResponseHead): boolean {
  return head.status === 200 && head.outputType?.toUpperCase() === 'ASYNC';
}

/** True where the service knows the token, and the consent does not cover the request (RFC 6750 3.1). */
export function lacksScope({ status, challenge }: Pick<ResponseHead, 'status' | 'challenge'>): boolean {
  const isRefusal = status === 401 || status === 403;
  return isRefusal && readBearerChallenge(challenge)?.error === 'insufficient_scope';
}

/**
 * True for a refusal by a server that may expect the token in the `Token` header: it ran nothing, and it does not say
 * that it knows `Bearer` (RFC 6750 3 requires that from a server that does).
 */
export function mayWantTokenField(head: ResponseHead): boolean {
  return (head.status === 401 || head.status === 403) && readBearerChallenge(head.challenge) === null;
}
