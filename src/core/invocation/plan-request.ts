// Plans the request of a run once: `invoke` sends it and `--dry-run` shows it (PROTOCOL 1.5, 1.7).

import { BimServiceError } from '../../errors.js';
import { type Expectation, outputTypeFor } from '../../protocol/content/expectation.js';
import type { Dialect } from '../../protocol/dialects/dialect.js';
import { type AcceptFlow, invocationHeaders } from '../../protocol/invocation/invocation.js';
import type { PostRequest } from '../../protocol/oauth/response-text.js';
import type { Service } from '../../protocol/repository/service.js';
import { isVisibleWord } from '../../protocol/text/headers.js';
import type { Secret } from '../../secret.js';
import type { FormUpload } from '../ports/http.js';
import type { ModelSource } from '../ports/model.js';
import type { Access } from './access.js';
import { readExpect } from './read-expect.js';

/** How the service may deliver its result: in the response, or over a websocket (PROTOCOL 1.7). */
export type Flow = 'sync' | 'async' | 'auto';

export interface RequestOptions {
  /** The requested type of result; null: the only type that the service lists, if it lists one. */
  expect: string | null;
  contextId: string | null;
  flow: Flow;
  /** How many runs may be active at once. Runs over a websocket are executed in sequence. */
  jobs: number;
}

export interface PlannedChannel {
  url: string;
  token: Secret;
  required: boolean;
  /** The request that shows whether the server knows the token; null when it has none. */
  question: PostRequest | null;
  refusalIn: Dialect['refusalIn'];
}

/** The parts of the request that do not depend on the model. */
export interface RequestPlan extends Omit<Access, 'streamUrl'> {
  /** The only result that is accepted; null: what the rules for results accept. */
  expect: Expectation | null;
  outputType: string | null;
  contextId: string | null;
  /** `Accept-Flow` of a run without a websocket; null: not sent. */
  acceptFlow: AcceptFlow | null;
  /** The websocket for the result. `required`: nothing is sent without it. Null: the result is in the response. */
  channel: PlannedChannel | null;
}

/** The whole request. */
export interface PlannedRequest extends RequestPlan {
  model: ModelSource;
  /** In the spelling that is sent. */
  inputType: string;
  /** The form that contains the model; null: the model is the whole body. */
  form: FormUpload | null;
  /** The size of the body in bytes; null: unknown, so it is sent in chunks. */
  length: number | null;
}

/** Throws `usage` for an `--expect` that is no type, and for `--flow async` when there is no websocket. */
export function planRequest(service: Service, access: Access, options: RequestOptions): RequestPlan {
  const { streamUrl: _, ...rest } = access;
  const { contextId, flow } = options;
  const expect = options.expect === null ? null : readExpect(options.expect, service.outputs);
  return {
    ...rest,
    expect,
    outputType: requestedType(service, expect),
    contextId,
    acceptFlow: flow !== 'auto' || access.dialect.asksForSync ? 'SYNC' : null,
    channel: channelOf(service, access, options),
  };
}

export function planBody(
  plan: RequestPlan,
  { model, inputType, form }: Pick<PlannedRequest, 'model' | 'inputType' | 'form'>,
): PlannedRequest {
  return { ...plan, model, inputType, form, length: form === null ? model.length : form.length };
}

/** The headers that are sent, without the framing headers, which belong to the transport. */
export function requestHeaders(
  { token, inputType, outputType, contextId, acceptFlow, form }: PlannedRequest,
  { sendAs, listens }: { sendAs: Access['sendAs']; listens: boolean },
): Record<string, string> {
  const flow = listens ? 'ASYNC_WS,SYNC' : acceptFlow;
  const formType = form?.contentType ?? null;
  return invocationHeaders({ token, inputType, outputType, contextId, sendAs, flow, formType });
}

/** All headers in a form that can be shown: without the token. */
export function shownHeaders(plan: PlannedRequest): Record<string, string> {
  const { token, sendAs, length, channel } = plan;
  return {
    ...redactedHeaders(requestHeaders(plan, { sendAs, listens: channel !== null }), token),
    ...(length === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(length) }),
  };
}

export function redactedHeaders(
  headers: Record<string, string>,
  token: Secret | null,
): Record<string, string> {
  if (token === null) return headers;
  const hidden = (value: string) => value.replace(token.reveal(), '[secret]');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) =>
      name === 'Authorization' || name === 'Token' ? [name, hidden(value)] : [name, value],
    ),
  );
}

/** The channel of a run at `resourceUrl` over the websocket `url`. */
export function plannedChannel(
  { tokenQuestion, refusalIn }: Dialect,
  { url, resourceUrl, token }: { url: string; resourceUrl: string; token: Secret },
  required: boolean,
): PlannedChannel {
  return { url, token, required, question: tokenQuestion?.(resourceUrl, token) ?? null, refusalIn };
}

function channelOf(
  { id }: Service,
  { streamUrl, token, dialect, url }: Access,
  { flow, jobs }: RequestOptions,
): RequestPlan['channel'] {
  if (flow === 'sync' || (flow === 'auto' && jobs > 1)) return null;
  if (streamUrl !== null && token !== null) {
    return plannedChannel(dialect, { url: streamUrl, resourceUrl: url, token }, flow === 'async');
  }
  if (flow === 'auto') return null;
  throw new BimServiceError('usage', `${id} has no known websocket`, {
    outcome: 'not-sent',
    phase: 'preflight',
    hint: 'Leave --flow out: the result then comes in the response.',
  });
}

/** Like BIMserver as a client (PROTOCOL 1.5): the requested type, in the spelling of the service's list. */
function requestedType({ outputs }: Service, expect: Expectation | null): string | null {
  const [only, ...others] = outputs;
  if (expect !== null) return outputTypeFor(expect, outputs);
  return only !== undefined && others.length === 0 && isVisibleWord(only) ? only : null;
}
