// What comes back: a result that is saved, a status that means no result, or the reason for a failure.
import { BimServiceError } from '../../errors.js';
import { extensionsFor } from '../../protocol/content/result-type.js';
import { extensionFor, kindExtension } from '../../protocol/content/schema-names.js';
import { reasonText } from '../../protocol/invocation/failure-text.js';
import { type Judgement, judgeResult, statusFact } from '../../protocol/invocation/judge-result.js';
import type { ResponseHead } from '../../protocol/invocation/response-head.js';
import { failureOfStatus, reportedError } from '../../protocol/invocation/response-status.js';
import { resultName, suggestedName } from '../../protocol/invocation/result-name.js';
import { LONGEST_ERROR, type ServiceError, serviceErrorIn } from '../../protocol/invocation/service-error.js';
import { isOpen, type Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { type HeaderFields, headerValue } from '../../protocol/text/headers.js';
import type { ModelResponse } from '../ports/http.js';
import type { Inspection, ResultTarget, SavedResult } from '../ports/result.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { briefly, firstReason, reasonIn } from './error-body.js';
import type { PlannedRequest } from './plan-request.js';
import { type Arrived, type ReceivedBody, receiveBody } from './receive-body.js';
import { emptyResponse, failed, isRefusal, isText, unexpected } from './result-failures.js';

export interface ReceiveInput {
  service: Service;
  prepared: PlannedRequest;
  target: ResultTarget;
  allowEmpty: boolean;
  /** True: a service that works and sends no result fails. */
  requireResult: boolean;
  /** False: what arrived of a response that is not accepted is not kept. */
  keepRejected: boolean;
  /** The largest result that is taken, in bytes; null for no limit. */
  maxResult: number | null;
  contextId: string | null;
}

export interface OutputRecord extends SavedResult {
  contentType: string | null;
  /** What the content is, else what the service called it. */
  type: string | null;
  /** What the service called it. */
  announcedType: string | null;
  title: string | null;
}

export interface ReceivePorts {
  reporter: Reporter;
  clock: Clock;
}

/**
 * The result in a response, saved; null where the service has none to send. Throws BimServiceErrors with the outcome: the
 * service's refusal, or what is wrong with the result.
 */
export async function receiveResult(
  response: ModelResponse,
  head: ResponseHead,
  input: ReceiveInput,
  ports: ReceivePorts,
): Promise<OutputRecord | null> {
  const { service, prepared } = input;
  const status = statusFact(head.status);
  const statusFailure = (reason: string) => {
    const { url, dialect } = prepared;
    const failure = failureOfStatus(head, service.id, url, {
      refusesWithPages: dialect.refusesWithPages,
      entry: isOpen(service) ? 'open' : service.form === 'address' ? 'typed' : 'oauth',
      hasToken: prepared.source !== null,
    });
    return failed(service, failure, reason, null, head, ports);
  };
  const brief = briefly(response.body, ports.clock);
  if (status === 'no-content') return noResult(brief, head, input, ports);
  if (status === 'refusal' || status === 'gateway') {
    const reason = await firstReason(brief);
    throw statusFailure(reason);
  }
  if (status === 'success' && !isDelimited(response.headers)) {
    ports.reporter.warn(
      `${service.id} does not send the length of its response: an incomplete one would look complete`,
    );
  }
  const body = await received(status === 'success' ? response : { ...response, body: brief }, head, input);
  if (status !== 'success') {
    const reason = reasonIn(body.start);
    throw await kept(statusFailure(reason), body, null, head, input);
  }
  return judged(body, head, input, ports);
}

async function noResult(
  body: AsyncIterable<Uint8Array>,
  head: ResponseHead,
  { service, target, prepared, requireResult }: ReceiveInput,
  { reporter }: ReceivePorts,
): Promise<null> {
  await firstReason(body);
  if (!target.resultWanted && !requireResult && prepared.expect === null) {
    reporter.info(`${service.id} worked and found nothing to report (${head.status}).`);
    return null;
  }
  throw new BimServiceError('result-missing', `${service.id} found nothing to report (${head.status})`, {
    hint: 'Without -o, --require-result and --expect this is a success without a file.',
    outcome: 'done',
    phase: 'download',
  });
}

/** The body, whole. Of one that breaks off, or cannot be decoded, what arrived is kept. */
async function received(
  response: ModelResponse,
  head: ResponseHead,
  input: ReceiveInput,
): Promise<ReceivedBody> {
  const arrived: Arrived = { bytes: 0, waiting: null };
  const limits = { maxBytes: input.maxResult, serviceId: input.service.id };
  try {
    return await receiveBody(response, input.target, limits, arrived);
  } catch (error) {
    // After Ctrl-C nothing is to be left. Of a result that cannot be written nothing can be kept.
    const isKept =
      error instanceof BimServiceError &&
      !['interrupted', 'terminated', 'result-not-writable', 'internal'].includes(error.code);
    throw isKept ? await kept(error, arrived, null, head, input) : error;
  }
}

/** The rules decide; a result gets its name, all else is kept as rejected. */
async function judged(
  body: ReceivedBody,
  head: ResponseHead,
  input: ReceiveInput,
  ports: ReceivePorts,
): Promise<OutputRecord | null> {
  const { service, target, prepared, contextId } = input;
  const { expect, dialect } = prepared;
  // What a server sends for a refused token is no result, also with --allow-empty.
  const allowEmpty = input.allowEmpty && !isRefusal(head, prepared, body.bytes);
  const { outputType, contentType } = head;
  // What has passed through a pipe can only be judged by its labels.
  const found = body.waiting === null && target.passesThrough ? null : await target.inspect(body.start);
  const error = found === null ? null : errorIn(body, found, head, service);
  const judgement =
    found === null
      ? null
      : judgeResult({
          status: head.status,
          found: { ...found, blank: body.isBlank && found.archive === null },
          isError: error !== null,
          outputType,
          contentType,
          fileName: suggestedName(head.disposition),
          promise: service.outputs,
          expect,
          allowEmpty,
        });
  switch (judgement?.rule.ruling) {
    case 'service-error': {
      const reason = error?.words ?? '';
      const known = dialect.meaningOf(reason, contextId !== null);
      const failure = failed(service, reportedError(service.id), reason, known, head, ports);
      throw await kept(failure, body, found, head, input);
    }
    case 'empty':
      throw await kept(emptyResponse(head, input, body.bytes), body, found, head, input);
    case 'not-a-result':
      throw await kept(unexpected(service, judgement, body, found), body, found, head, input);
    default:
      return saved(body, found, judgement, head, input, ports);
  }
}

/** The service's own error in a body that is short enough to be one. */
function errorIn(
  body: ReceivedBody,
  found: Inspection,
  head: ResponseHead,
  service: Service,
): ServiceError | null {
  const text = body.bytes <= LONGEST_ERROR ? body.start.toString('utf8') : '';
  if (head.outputType?.toUpperCase() === 'ERROR') return { form: 'json', words: reasonText(text) };
  if (!isText(found)) return null;
  const named = [...service.outputs, head.outputType ?? ''];
  const htmlExpected = named.some((name) => /html/i.test(name));
  return serviceErrorIn(text, { contentType: head.contentType, htmlExpected });
}

/** The same error, with what arrived kept beside where the result would be, and named in it. */
async function kept(
  error: BimServiceError,
  { bytes, waiting }: Arrived,
  found: Inspection | null,
  head: ResponseHead,
  input: ReceiveInput,
): Promise<BimServiceError> {
  const { keepRejected, target } = input;
  if (bytes === 0) return error;
  const saved = keepRejected
    ? await target.keepRejected(nameOf(head, found, input), waiting).catch(() => null)
    : null;
  if (saved === null && keepRejected) return error;
  const { code, message, hint, service, phase, outcome, retryAfterSeconds: seconds, cause } = error;
  const where =
    saved === null
      ? 'What arrived is not kept (--no-keep-rejected).'
      : `What arrived is kept as ${cleanText(saved.path, 400)}`;
  return new BimServiceError(code, message, {
    // A hint may end with a command, and what follows on its line would be typed with it.
    hint: hint === undefined ? where : `${hint}\n${where}`,
    ...(service === undefined ? {} : { service }),
    ...(phase === undefined ? {} : { phase }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    ...(saved === null ? {} : { keptAs: saved.path }),
    cause,
  });
}

function nameOf(head: ResponseHead, found: Inspection | null, { service, prepared }: ReceiveInput): string {
  const fits = found === null ? null : extensionsFor(found);
  // A label that the content denies gives no extension.
  const labeled = extensionFor(head.outputType, head.contentType);
  const own = found === null || found.defect !== null ? null : kindExtension(found.content, labeled);
  return resultName({
    disposition: head.disposition,
    serviceId: service.id,
    modelPath: prepared.model.path === '-' ? null : prepared.model.path,
    extension: fits?.[0] ?? own ?? labeled,
    fits,
  });
}

async function saved(
  body: ReceivedBody,
  found: Inspection | null,
  judgement: Judgement | null,
  head: ResponseHead,
  input: ReceiveInput,
  { reporter }: ReceivePorts,
): Promise<OutputRecord> {
  const { service, target } = input;
  if (body.waiting !== null) {
    const { start, end } = found?.archive ?? { start: 0, end: body.bytes };
    await target.write(body.waiting.subarray(start, end));
  }
  if (judgement?.rule.ruling === 'result-with-warning') {
    reporter.warn(`${service.id}: ${judgement.why}; the content decides`);
  }
  for (const warning of found?.warnings ?? []) reporter.warn(`${service.id}: ${warning}`);
  const name = nameOf(head, found, input);
  const suggested = suggestedName(head.disposition);
  if (suggested !== null && suggested !== name && !target.resultWanted) {
    reporter.info(`${service.id} calls the result ${suggested}; by its content it is saved as ${name}`);
  }
  const file = await target.commit(name, found?.archive ?? null);
  const label = judgement?.facts.outputType === 'contradicts' ? null : head.outputType;
  const type = found?.schema ?? label;
  const { contentType, outputType, title } = head;
  return { ...file, contentType, type, announcedType: outputType, title };
}

/** True where more than the end of the connection says where the body ends (RFC 9112 6.3). */
function isDelimited(headers: HeaderFields): boolean {
  return ['content-length', 'transfer-encoding'].some((name) => headerValue(headers, name) !== null);
}
