// The errors of a response that brings no result: what the service did, why, and what to type next.
import { waitText } from '../../durations.js';
import { BimServiceError } from '../../errors.js';
import type { Judgement } from '../../protocol/invocation/judge-result.js';
import { type ResponseHead, retryAfterSeconds } from '../../protocol/invocation/response-head.js';
import type { ResponseFailure } from '../../protocol/invocation/response-status.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { howToAuthorize } from '../authorization/stored-token.js';
import type { Inspection } from '../ports/result.js';
import type { Clock } from '../ports/system.js';
import { reasonIn } from './error-body.js';
import type { PlannedRequest } from './plan-request.js';
import type { ReceivedBody } from './receive-body.js';

/** `known`: what a person can do about just this reason; null where it is not one of BIMserver's. */
export function failed(
  service: Service,
  { code, words, hint, outcome }: ResponseFailure,
  reason: string,
  known: string | null,
  head: ResponseHead,
  { clock }: { clock: Clock },
): BimServiceError {
  const seconds = retryAfterSeconds(head, clock.now());
  const wait = seconds === null ? '' : `The service asks to wait ${waitText(seconds * 1000)}. `;
  const details = { hint: `${wait}${known ?? hint}`, outcome, phase: 'wait' } as const;
  return new BimServiceError(code, `${service.id} ${words}${reason ? `: ${reason}` : ''}`, {
    ...details,
    ...(seconds === null ? {} : { retryAfterSeconds: seconds }),
  });
}

/** The response is no result: why, and what the service says in it. */
export function unexpected(
  service: Service,
  { why }: Judgement,
  body: ReceivedBody,
  found: Inspection | null,
): BimServiceError {
  const isShown = found !== null && isText(found);
  const words = isShown ? reasonIn(body.start) : '';
  const said = words === '' ? '' : `; it says: ${cleanText(words, 160)}`;
  const what = why === '' ? '' : `: ${cleanText(why, 240)}`;
  return new BimServiceError(
    'result-unexpected',
    `${service.id} sent a response that is not a usable result${what}${said}`,
    { outcome: 'done', phase: 'download' },
  );
}

/** BIMserver sends an empty 200 for a bad token. A real empty result has these two headers (PROTOCOL 1.6, 1.12). */
export function isRefusal(
  { outputType, contextId }: ResponseHead,
  { token, dialect }: PlannedRequest,
  bytes: number,
): boolean {
  return (
    bytes === 0 && token !== null && dialect.emptyMeansRefused && outputType === null && contextId === null
  );
}

/** The service worked and sent nothing, or nothing but blanks. */
export function emptyResponse(
  head: ResponseHead,
  request: { service: Service; prepared: PlannedRequest },
  bytes: number,
): BimServiceError {
  const { service, prepared } = request;
  const details = { outcome: 'unknown', phase: 'download' } as const;
  const accept = '(or accept it: --allow-empty)';
  if (bytes > 0) {
    return new BimServiceError(
      'result-missing',
      `${service.id} sent a response that holds only blanks or zero bytes (${bytes} bytes)`,
      { ...details, hint: `Look at the service, or ask its provider ${accept}.` },
    );
  }
  if (isRefusal(head, prepared, bytes)) {
    return new BimServiceError(
      'token-refused',
      `${service.id} sent an empty response without Output-Type: it refuses the token, or the configuration of the service is gone`,
      { ...details, hint: `Authorize again: ${howToAuthorize(service)}` },
    );
  }
  // Where no token was sent, no token can be refused.
  if (head.outputType !== null || head.contextId !== null || prepared.token === null) {
    return new BimServiceError('result-missing', `${service.id} sent an empty result`, {
      ...details,
      hint: `Look at the service, or ask its provider ${accept}.`,
    });
  }
  return new BimServiceError(
    'result-missing',
    `${service.id} sent an empty response; the token may be refused, or the service failed`,
    {
      ...details,
      hint: `Look at the service, or authorize again: ${howToAuthorize(service)} ${accept}`,
    },
  );
}

/** True for content that a person can read. */
export function isText({ content }: Inspection): boolean {
  return content === 'json' || content === 'xml' || content === 'html' || content === 'text';
}
