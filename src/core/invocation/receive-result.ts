// Handles the response to a model: saves a result, accepts an empty one, or throws the reason for a failure.
import { BimServiceError } from '../../errors.js';
import { contradicts } from '../../protocol/content/result-type.js';
import { extensionFor } from '../../protocol/content/schema-names.js';
import { failureIn, reasonText } from '../../protocol/invocation/failure-text.js';
import {
  classifyResponse,
  promisesJson,
  type ResponseFailure,
  type ResponseHead,
  reportedError,
} from '../../protocol/invocation/invocation.js';
import { resultName } from '../../protocol/invocation/result-name.js';
import type { Service } from '../../protocol/repository/service.js';
import { type HeaderFields, headerValue } from '../../protocol/text/headers.js';
import type { ModelResponse } from '../ports/http.js';
import type { Inspection, ResultTarget, SavedResult } from '../ports/result.js';
import type { Reporter } from '../ports/terminal.js';
import type { PlannedRequest } from './plan-request.js';

export interface ReceiveInput {
  service: Service;
  prepared: PlannedRequest;
  target: ResultTarget;
  /** The only accepted type of result; null: any. */
  expect: string | null;
  allowEmpty: boolean;
  keepRejected: boolean;
  contextId: string | null;
}

export interface OutputRecord extends SavedResult {
  contentType: string | null;
  /** The type of the content; if that is unknown, what the service called it. */
  type: string | null;
  title: string | null;
}

/** How much of an error's body is read for its reason (CASES B104). */
const REASON_BYTES = 2048;

/** A longer body is a result, for any names of its members. */
const FAILURE_BYTES = 64 * 1024;

/**
 * The result in a response, saved; null when the service has none. Throws BimServiceErrors with the outcome: the refusal
 * of the service, or the fault of the result (exit 8).
 */
export async function receiveResult(
  response: ModelResponse,
  head: ResponseHead,
  input: ReceiveInput,
  reporter: Reporter,
): Promise<OutputRecord | null> {
  const { service, target, expect } = input;
  const { dialect } = input.prepared;
  const responseClass = classifyResponse(head, service.id);
  if (responseClass.kind === 'failure') {
    const reason = reasonText(await firstText(response.body));
    const known = head.status === 200 ? dialect.meaningOf(reason, input.contextId !== null) : null;
    throw failed(service, responseClass, reason, known);
  }
  if (responseClass.kind === 'no-result') {
    await firstText(response.body);
    if (!target.resultWanted && expect === null) {
      reporter.info(`${service.id} worked and found nothing to report (${head.status}).`);
      return null;
    }
    throw new BimServiceError('result-missing', `${service.id} found nothing to report (${head.status})`, {
      outcome: 'done',
      phase: 'download',
    });
  }
  if (!isDelimited(response.headers)) {
    reporter.warn(
      `${service.id} does not send the length of its response: an incomplete one would look complete`,
    );
  }
  let bytes = 0;
  const start: Uint8Array[] = [];
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes <= FAILURE_BYTES) start.push(chunk);
    await target.write(chunk);
  }
  if (bytes === 0 && !input.allowEmpty) throw emptyResponse(head, input);
  const isShort = bytes <= FAILURE_BYTES && head.outputType === null;
  const failure = isShort ? failureIn(Buffer.concat(start).toString('utf8')) : null;
  if (failure !== null)
    throw failed(
      service,
      reportedError(service.id),
      failure,
      dialect.meaningOf(failure, input.contextId !== null),
    );
  return save(head, input, reporter);
}

/** `known`: advice for this reason; null when it is not one of BIMserver's. */
function failed(
  service: Service,
  { code, words, hint, outcome }: ResponseFailure,
  reason: string,
  known: string | null,
): BimServiceError {
  return new BimServiceError(code, `${service.id} ${words}${reason ? `: ${reason}` : ''}`, {
    hint: known ?? hint,
    outcome,
    phase: 'wait',
  });
}

/** The content decides what a result is, and the labels are compared with it (PROTOCOL 1.5). */
async function save(head: ResponseHead, input: ReceiveInput, reporter: Reporter): Promise<OutputRecord> {
  const { service, target, prepared, expect } = input;
  const found = await target.inspect();
  const type = found?.schema ?? head.outputType;
  const disposition = head.disposition;
  const name = resultName({
    disposition,
    serviceId: service.id,
    modelPath: prepared.model.path === '-' ? null : prepared.model.path,
    extension: extensionFor(type, head.contentType),
  });
  const rejection = found === null ? null : rejectionOf(found, head, expect, service);
  if (rejection !== null) {
    const kept = input.keepRejected ? await target.keepRejected(name) : null;
    throw new BimServiceError(
      'result-unexpected',
      `${service.id} responded, but not with a usable result: ${rejection}`,
      {
        outcome: 'done',
        phase: 'download',
        hint:
          kept === null
            ? 'Nothing was saved; --keep-rejected keeps such a response.'
            : `The response is kept as ${kept.path}`,
      },
    );
  }
  if (found && head.outputType !== null) {
    const mismatch = contradicts(found, head.outputType);
    if (mismatch !== null) reporter.warn(`${service.id}: ${mismatch}; the content decides`);
  }
  for (const warning of found?.warnings ?? []) reporter.warn(warning);
  const saved = await target.commit(name);
  return { ...saved, contentType: head.contentType, type, title: head.title };
}

function emptyResponse(head: ResponseHead, input: ReceiveInput): BimServiceError {
  const { service, prepared } = input;
  const details = { outcome: 'unknown', phase: 'download' } as const;
  if (prepared.token !== null && head.outputType === null && prepared.dialect.emptyMeansRefused) {
    return new BimServiceError(
      'token-refused',
      `${service.id} sent an empty response: the token may be refused`,
      {
        ...details,
        hint: `Authorize again: bimservice authorize ${service.id} (or accept it: --allow-empty)`,
      },
    );
  }
  return new BimServiceError(
    'result-missing',
    `${service.id} sent an empty response; the token may be refused, or the service failed`,
    {
      ...details,
      hint: `Look at the service, or authorize again: bimservice authorize ${service.id} (or accept it: --allow-empty)`,
    },
  );
}

/** True when the end of the body is marked by more than the end of the connection (RFC 9112 6.3). */
function isDelimited(headers: HeaderFields): boolean {
  return ['content-length', 'transfer-encoding'].some((name) => headerValue(headers, name) !== null);
}

async function firstText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= REASON_BYTES) break;
    }
  } catch {
    // The status is enough; an incomplete reason is shown as far as it arrived.
  }
  return Buffer.concat(chunks).subarray(0, REASON_BYTES).toString('utf8');
}

/** Why a response is not accepted as a result, as the rest of a sentence; null when it is accepted. */
function rejectionOf(
  found: Inspection,
  head: ResponseHead,
  expect: string | null,
  service: Service,
): string | null {
  // A text may look like JSON without being JSON. Only a body that must be JSON has to parse.
  const hasDefect = found.defect !== null && (found.content !== 'json' || promisesJson(head, expect));
  if (hasDefect) return found.defect;
  const contradiction = expect === null ? null : contradicts(found, expect);
  return contradiction ?? unwantedPage(found.content, head, service);
}

/** A web page is a result only when the service says so: most are login or error pages with status 200. */
function unwantedPage(content: string, head: ResponseHead, service: Service): string | null {
  const isAnnounced = [head.outputType ?? '', ...service.outputs].some((type) => /HTML/i.test(type));
  return content === 'html' && !isAnnounced ? 'it is a web page, perhaps a login or an error page' : null;
}
