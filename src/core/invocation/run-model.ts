// The run of one model, from the token to the receipt. It knows no terminal, so that other programs can call it.
import { openedUnlessAborted, ownSignal } from '../../abort.js';
import { asBimServiceError } from '../../error-shape.js';
import type { BimServiceError } from '../../errors.js';
import { sameSchema } from '../../protocol/content/schema-names.js';
import { safeFileName } from '../../protocol/invocation/result-name.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { idInFileName } from '../../protocol/text/id-in-file-name.js';
import type { TokenPorts } from '../authorization/obtain-token.js';
import type { JudgeResult, RunJudge } from '../findings/run-judge.js';
import type { FormField, FormUpload } from '../ports/http.js';
import type { ModelSource } from '../ports/model.js';
import type { NamedModel, ResultTarget } from '../ports/result.js';
import type { Reporter } from '../ports/terminal.js';
import { type Access, type AccessInput, accessTo, lastsFor } from './access.js';
import { checkFields } from './form-fields.js';
import { checkHeaderOption, checkInputType } from './header-checks.js';
import { type InputTypeOptions, inputTypeOf } from './input-type.js';
import { interruptionOf, isInterruption } from './interruption.js';
import {
  type PlannedRequest,
  planBody,
  planRequest,
  type RequestOptions,
  type RequestPlan,
} from './plan-request.js';
import { type ArchiveRecord, type RunFacts, type RunRecord, receiptOf, runRecord } from './run-record.js';
import { type RunSettings, settingsOf } from './run-settings.js';
import { type Invocation, type SendPorts, sendModel } from './send-model.js';
import { sendRefreshing } from './send-refreshing.js';

/** The options that are the same for all models of a command. */
export interface RunOptions extends RequestOptions, InputTypeOptions {
  /** Further fields of the form, for services that accept forms. */
  fields: readonly FormField[];
  /** How long the service may work, in ms; null: no limit. */
  waitMs: number | null;
  keepRejected: boolean;
  /** True: a service that works and sends no result fails. */
  requireResult?: boolean;
  /** The largest result that is taken, in bytes; null: no limit. */
  maxResult: number | null;
  /** True: writes a receipt. */
  receipt: boolean;
  /** The SHA-256 of all `fields`, for the receipt; null when there are none. */
  fieldsHash: string | null;
  /** The version of this program, for the receipt. */
  version: string;
}

export interface RunInput extends AccessInput {
  /** The model as the person named it; `-` for stdin. */
  path: string;
  /** What the model is called in the names of results, see `modelLabels`. */
  label: string;
  options: RunOptions;
}

export interface PlanPorts extends TokenPorts {
  /** Called when the address and the token are found. */
  onAccess?: (access: Access) => void;
  /** Throws `model-unreadable`, and `usage` for `-` without a stdin. */
  openModel(path: string): Promise<ModelSource>;
  /** A form with the model in the field `modelField`. Throws `model-unreadable` for a file in `fields`. */
  openForm(modelField: string, fields: readonly FormField[], model: ModelSource): Promise<FormUpload>;
}

export interface RunPorts extends PlanPorts, SendPorts {
  /** Opens the target of the result. Throws `result-not-writable` and `result-exists`. */
  openTarget(model: NamedModel, signal: AbortSignal): Promise<ResultTarget>;
  /** Gates and comparison, or null. */
  judge?: RunJudge | null;
}

export interface ModelRun {
  record: RunRecord;
  error: BimServiceError | null;
  /** The path of the receipt; null when none was written. */
  receipt: string | null;
  /** True when the service responded before the whole model was sent. */
  isPartlySent: boolean;
}

/** Runs one model. Never throws: a failure is part of the record. */
export async function runModel(input: RunInput, allPorts: RunPorts, signal: AbortSignal): Promise<ModelRun> {
  const { service, options } = input;
  const startedAt = allPorts.clock.now();
  using stop = ownSignal(signal);
  const facts = factsOf(input);
  const ports = { ...allPorts, reporter: noting(allPorts.reporter, facts.warnings) };
  const planning = { input, ports, facts, signal: stop.signal };
  let receipt: string | null = null;
  try {
    const request = await planWithoutModel(planning);
    const judge = (await ports.judge?.earlier(input.path)) ?? null;
    await using target = await ports.openTarget(input, stop.signal);
    await using model = await openedUnlessAborted(ports.openModel(input.path), stop.signal);
    const prepared = await planWithModel(planning, request, model);
    const { contextId, allowEmpty, keepRejected, maxResult, waitMs } = options;
    const requireResult = options.requireResult ?? false;
    const about = { service, target, contextId, allowEmpty, requireResult, keepRejected, maxResult, waitMs };
    const { invocation, url } = await sendRefreshing(
      { ...input, prepared, send: (attempt) => sendModel({ ...about, ...attempt }, ports, stop.signal) },
      ports,
      stop.signal,
    );
    facts.invocation = invocation;
    facts.url = url;
    facts.archive = await archiveOf(model, ports);
    facts.error = invocation.error ?? stopError(invocation, service, stop.signal);
    if (judge !== null && facts.error === null) await judgeResult(facts, judge, service);
    if (options.receipt)
      receipt = await saveReceipt(
        target,
        facts,
        { ...options, startedAt, settings: settingsOf(service, options) },
        ports,
      );
  } catch (error) {
    facts.error = withContext(error, service);
  }
  return { record: runRecord(facts), error: facts.error, receipt, isPartlySent: isPartlySent(facts) };
}

function isPartlySent({ invocation, length }: RunFacts): boolean {
  return invocation !== null && length !== null && invocation.sentBytes < length;
}

async function judgeResult(facts: RunFacts, judge: JudgeResult, service: Service): Promise<void> {
  const { invocation, url } = facts;
  const origin = { resourceUrl: url, modelSha256: invocation?.sentSha256 ?? null };
  const { record, error } = await judge(invocation?.output?.path ?? null, origin);
  facts.findings = record;
  facts.error = error;
  if (error !== null) error.service ??= service.id;
}

/** `reporter`, and each warning is added to `warnings`. */
function noting(reporter: Reporter, warnings: string[]): Reporter {
  return {
    info: (line) => reporter.info(line),
    instruct: (line) => reporter.instruct(line),
    debug: (line) => reporter.debug(line),
    warn(line) {
      warnings.push(line);
      reporter.warn(line);
    },
  };
}

/** The archive of a model, with its hash where hashes are needed. */
async function archiveOf(
  { archive, path }: ModelSource,
  { openHash, reporter }: RunPorts,
): Promise<ArchiveRecord | null> {
  if (archive === undefined) return null;
  const { bytes, member } = archive;
  const sha256 =
    openHash === null
      ? null
      : await archive.sha256().catch((error: unknown) => {
          reporter.warn(`the hash of the archive is missing: ${asBimServiceError(error).message}`);
          return null;
        });
  return { path, bytes, sha256, member: cleanText(member, 200) };
}

export interface PlannedRun {
  record: RunRecord;
  error: BimServiceError | null;
  /** Null when the run could not be planned. The model is closed. */
  plan: PlannedRequest | null;
}

/** Plans the run of one model, and sends nothing. Never throws. */
export async function planRun(input: RunInput, ports: PlanPorts, signal: AbortSignal): Promise<PlannedRun> {
  using stop = ownSignal(signal);
  const facts = factsOf(input);
  const planning = { input, ports, facts, signal: stop.signal };
  let plan: PlannedRequest | null = null;
  try {
    const request = await planWithoutModel(planning);
    await using model = await openedUnlessAborted(ports.openModel(input.path), stop.signal);
    plan = await planWithModel(planning, request, model);
  } catch (error) {
    facts.error = withContext(error, input.service);
  }
  return { record: runRecord(facts), error: facts.error, plan };
}

/** A run that is being planned. `facts` gets what becomes known. */
interface Planning {
  input: RunInput;
  ports: PlanPorts;
  facts: RunFacts;
  signal: AbortSignal;
}

function factsOf({ service, path }: RunInput): RunFacts {
  return {
    serviceId: service.id,
    url: service.resourceUrl,
    path,
    length: null,
    schema: null,
    inputType: null,
    archive: null,
    warnings: [],
    invocation: null,
    error: null,
  };
}

/** Everything that can be checked before a model is opened, so that a pipe is not read for a run that cannot succeed. */
async function planWithoutModel({ input, ports, facts, signal }: Planning): Promise<RequestPlan> {
  const { service, options } = input;
  signal.throwIfAborted();
  checkFields(service, options.fields);
  checkHeaderOption('--input-type', options.inputType);
  checkHeaderOption('--expect', options.expect);
  checkHeaderOption('--context-id', options.contextId);
  const access = await accessTo(input, null, ports, signal);
  facts.url = access.url;
  ports.onAccess?.(access);
  return planRequest(service, access, options);
}

async function planWithModel(
  { input, ports, facts, signal }: Planning,
  request: RequestPlan,
  model: ModelSource,
): Promise<PlannedRequest> {
  const { service, options } = input;
  facts.length = model.length;
  const { schema, sentAs } = inputTypeOf(model, service, request.dialect, options, ports.reporter);
  const inputType = request.dialect.inputType(service.inputs, sentAs);
  checkInputType(inputType, service, options.inputType);
  facts.schema = sameSchema(schema, inputType) ? inputType : schema;
  facts.inputType = inputType;
  let plan = request;
  if (!lastsFor(request, model.length, ports.clock.now())) {
    plan = planRequest(service, await accessTo(input, model.length, ports, signal), options);
  }
  const { multipart } = service;
  const form =
    multipart === undefined ? null : await ports.openForm(multipart.modelField, options.fields, model);
  return planBody(plan, { model, inputType, form });
}

/** A failure before the request: nothing was sent. */
function withContext(error: unknown, service: Service): BimServiceError {
  const known = asBimServiceError(error);
  known.service ??= service.id;
  known.outcome ??= 'not-sent';
  known.phase ??= 'preflight';
  if (!isInterruption(known)) return known;
  const { outcome } = known;
  return interruptionOf(known, { outcome, sentBytes: 0, length: null, wasSent: false, isSaved: false });
}

/** A saved result is kept, but the person asked to stop, so a script must not continue. */
function stopError(
  { outcome, sentBytes, output }: Invocation,
  service: Service,
  signal: AbortSignal,
): BimServiceError | null {
  if (!signal.aborted) return null;
  const error = asBimServiceError(signal.reason);
  error.service = service.id;
  return interruptionOf(error, {
    outcome,
    sentBytes,
    length: sentBytes,
    wasSent: true,
    isSaved: output !== null,
  });
}

async function saveReceipt(
  target: ResultTarget,
  facts: RunFacts,
  about: { version: string; startedAt: number; settings: RunSettings },
  { reporter }: PlanPorts,
): Promise<string | null> {
  const record = runRecord(facts);
  if (record.outcome === 'not-sent') return null;
  const model = safeFileName(facts.path === '-' ? 'stdin' : facts.path) ?? 'model';
  const name = `${model}.${idInFileName(facts.serviceId)}.run.json`;
  try {
    return await target.saveReceipt(receiptOf(record, about), name);
  } catch (error) {
    reporter.warn(`no receipt was written: ${asBimServiceError(error).message}`);
    return null;
  }
}
