// Step 4 of the protocol: the request headers for a model, and what the response head means (PROTOCOL 1.5, 1.6).
import type { Secret } from '../../secret.js';
import { readBearerChallenge } from './bearer-challenge.js';
import type { ResponseHead } from './response-head.js';

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

/** True when the response says that the run continues and delivers its result over the websocket (PROTOCOL 1.7). */
export function isAsync(head: ResponseHead): boolean {
  return head.status === 200 && head.outputType?.toUpperCase() === 'ASYNC';
}

/** True when the service knows the token, and the consent does not cover the request (RFC 6750 3.1). */
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
