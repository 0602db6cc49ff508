// The resource endpoint (PROTOCOL 1.5 to 1.7): judges a request by its head, receives the model, and has the run done.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.js';
import { listedExtension, normalizeSchemaName } from '../protocol/content/schema-names.js';
import { hasBegun, inviteBody } from './http/bodies.js';
import { methodNotAllowed, oauthError, Refusal, type ResponseContent } from './http/http.js';
import { checkBearer } from './oauth/bearer.js';
import type { Client } from './oauth/clients.js';
import { type Dialect, dialectOf } from './oauth/dialect.js';
import type { Tokens } from './oauth/tokens.js';
import { errorResponse, resultResponse, streamError, streamResult, withReason } from './result-response.js';
import type { BodyShares } from './runs/body-shares.js';
import type { BodyTurn, BodyTurns } from './runs/body-turns.js';
import { linkSignals } from './runs/linked-signals.js';
import { modelBegins, receiveModel, tooLarge } from './runs/receive-model.js';
import type { ReceivedModel } from './runs/received-model.js';
import type { Place, RunQueue } from './runs/run-queue.js';
import type { WorkFolder, WorkFolders } from './runs/work-folders.js';
import {
  type Progress,
  type ProviderEvent,
  type ServedService,
  ServiceError,
  type ServiceResult,
} from './service/served-service.js';
import { StoreError } from './store/port.js';
import type { Endpoint, Streams } from './stream.js';

/** Where an operator does not say otherwise: 8 GiB. */
const MOST_BYTES = 8 * 1024 ** 3;
/** Seconds after which a client may try again when the queue is full. */
const RETRY_AFTER = '30';

export interface ResourceContext {
  readonly tokens: Tokens;
  readonly queue: RunQueue;
  readonly folders: WorkFolders;
  readonly bodies: BodyTurns;
  readonly shares: BodyShares;
  readonly streams: Streams;
  readonly log: (event: ProviderEvent) => void;
}

export interface ResourceRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: string;
  readonly requestId: string;
  /** Runs after the response was sent. */
  readonly afterwards: (work: () => Promise<void>) => void;
}

/** Runs `service` over the request's body, however long it takes. A failed run is a response too, not an exception. */
export async function runService(
  service: ServedService,
  exchange: ResourceRequest,
  context: ResourceContext,
): Promise<ResponseContent> {
  const { request, query } = exchange;
  using turn = context.bodies.join();
  if (request.method !== 'POST') throw methodNotAllowed('POST');
  const { authorization = [], token: tokenField = [] } = request.headersDistinct;
  const bearer = { authorization, tokenField, query, serviceId: service.id };
  const grant = await checkBearer(bearer, context.tokens);
  const dialect = dialectOf(grant.client);
  try {
    return await runGranted({ ...grant, service, dialect, turn }, exchange, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { words } = error;
    context.log({ event: 'refused', refusal: words });
    if (!dialect.refusalsAreResults) return withReason(error.content, words, dialect);
    return errorResponse(new ServiceError(error.content.status, words), dialect, exchange.requestId);
  }
}

interface Granted {
  readonly client: Client;
  readonly user: string | null;
  readonly token: string;
  readonly service: ServedService;
  readonly dialect: Dialect;
  readonly turn: BodyTurn;
}

async function runGranted(
  { client, user, token, service, dialect, turn }: Granted,
  { request, response, requestId, afterwards }: ResourceRequest,
  context: ResourceContext,
): Promise<ResponseContent> {
  const inputType = unquote(request.headers['input-type']);
  checkHead(request, service, dialect, inputType);
  // A client that sends no model takes no place; where the queue is full, it reads so before it begins.
  if (!hasBegun(request)) (await takePlace(service, context.queue)).release();
  // A person gets any number of tokens.
  const sharer = user === null ? `token ${token}` : `user ${user}`;
  const running = new Running({ service, client, sharer, runId: requestId, inputType }, context);
  afterwards(() => running.close());
  const sender = abortWhenGone(response);
  try {
    inviteBody(request, response);
    await modelBegins(request, turn);
    await running.receive(request, turn, sender);
    const endpoint = wantsStream(request) ? context.streams.find(token) : undefined;
    if (endpoint !== undefined) return running.goOnStream(endpoint);
    using _interim = sendInterim(request, response, dialect);
    return resultResponse(await running.perform(sender, () => {}), dialect);
  } catch (error) {
    if (error instanceof Refusal || (error instanceof StoreError && !running.hasPlace)) throw error;
    running.fail(error);
    if (!running.hasModel || error instanceof StoreError) throw NOT_STORED;
    return errorResponse(error, dialect, requestId);
  }
}

/** What can be judged before the body: RFC 9110 10.1.1 wants it judged before `100 Continue`. */
function checkHead(
  request: IncomingMessage,
  service: ServedService,
  dialect: Dialect,
  inputType: string | null,
): void {
  const { headers } = request;
  if (headers['content-encoding'] !== undefined) {
    throw oauthError(415, 'invalid_request', 'Models are taken as they are, without Content-Encoding');
  }
  const length = headers['content-length'];
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    throw oauthError(411, 'invalid_request', 'Content-Length or Transfer-Encoding is missing');
  }
  const most = service.maxBytes ?? MOST_BYTES;
  if (length !== undefined && Number(length) > most) throw tooLarge(most);
  // It may become a word of a command, which must not read it as an option (CASES B158).
  if (inputType !== null && inputType !== '' && !/^[A-Za-z0-9][ -~]{0,199}$/.test(inputType)) {
    throw oauthError(415, 'unsupported_input_type', 'Input-Type is not the name of a type');
  }
  // FreeCAD says the same type whatever it sends.
  if (inputType === null || dialect.consent === 'token-page' || isTaken(inputType, service.inputs)) return;
  const taken = service.inputs.join(', ');
  throw oauthError(415, 'unsupported_input_type', `This service takes ${taken}`, {
    'Accept-Input-Type': taken,
  });
}

/** `IFC_STEP` is the name of every STEP file: it fits each of them, in the request and in the list. */
function isTaken(inputType: string, inputs: readonly string[]): boolean {
  if (inputs.length === 0) return true;
  const asked = normalizeSchemaName(inputType);
  return inputs.some((input) => {
    const listed = normalizeSchemaName(input);
    if (listed === asked) return true;
    return (
      (listed === 'IFC_STEP' && asked.startsWith('IFC_STEP_')) ||
      (asked === 'IFC_STEP' && listed.startsWith('IFC_STEP_'))
    );
  });
}

async function takePlace(service: ServedService, queue: RunQueue): Promise<Place> {
  const place = await queue.reserve(service);
  if (typeof place !== 'string') return place;
  throw oauthError(503, 'temporarily_unavailable', NO_PLACE[place], { 'Retry-After': RETRY_AFTER });
}

/** A share of the places for models that arrive. */
async function takeShare(sharer: string, shares: BodyShares, sender: AbortSignal): Promise<Disposable> {
  const share = await shares.take(sharer, sender);
  if (share !== 'full') return share;
  throw oauthError(429, 'slow_down', 'Too many models of this sender are arriving', {
    'Retry-After': RETRY_AFTER,
  });
}

const NO_PLACE = {
  full: 'The queue of this provider is full',
  stopping: 'This provider is stopping',
  'no-worker': 'No worker of this provider does this service at the moment',
} as const;

const NOT_STORED = oauthError(503, 'temporarily_unavailable', 'The provider could not store the model', {
  'Retry-After': RETRY_AFTER,
});

/** PROTOCOL 1.5: some clients put header values into quotes. */
function unquote(field: string | string[] | undefined): string | null {
  if (typeof field !== 'string') return null;
  return field.trim().replace(/^"(.*)"$/, '$1');
}

function wantsStream(request: IncomingMessage): boolean {
  const flows = [request.headers['accept-flow'] ?? ''].flat().join(',').split(',');
  return flows.some((flow) => flow.trim().toUpperCase() === 'ASYNC_WS');
}

function abortWhenGone(response: ServerResponse): AbortSignal {
  const sender = new AbortController();
  response.once('close', () => sender.abort(new Error('The sender went away')));
  return sender.signal;
}

/** Keeps a client awake that gives up after a few silent seconds; HTTP/1.0 knows no interim responses. */
function sendInterim(request: IncomingMessage, response: ServerResponse, dialect: Dialect): Disposable {
  const isOld = request.httpVersion === '1.0';
  const timer =
    dialect.interimEveryMs === null || isOld
      ? undefined
      : setInterval(() => response.writeContinue(), dialect.interimEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

interface RunFacts {
  readonly service: ServedService;
  readonly client: Client;
  /** Who has a share of the places. */
  readonly sharer: string;
  readonly runId: string;
  readonly inputType: string | null;
}

/** One run, from the first byte of its model to the last one of its result. */
class Running {
  readonly #started = performance.now();
  #place: Place | undefined;
  #folder: WorkFolder | undefined;
  #model: ReceivedModel | undefined;
  #onStream: Promise<void> | undefined;

  constructor(
    private readonly facts: RunFacts,
    private readonly context: ResourceContext,
  ) {}

  get hasPlace(): boolean {
    return this.#place !== undefined;
  }

  get hasModel(): boolean {
    return this.#model !== undefined;
  }

  /** Takes a place, and the model. `sender` aborts when its sender has gone. */
  async receive(request: IncomingMessage, turn: BodyTurn, sender: AbortSignal): Promise<void> {
    const { runId, inputType, service, sharer } = this.facts;
    using _share = await takeShare(sharer, this.context.shares, sender);
    this.#place = await takePlace(service, this.context.queue);
    const folder = this.context.folders.create(runId);
    this.#folder = folder;
    const ending = (inputType === null ? null : listedExtension(inputType)) ?? '.ifc';
    const place = { folder: () => folder.path, name: `model${ending}` };
    // The next one has its turn when this model is here, and not when its run has ended.
    using _turn = turn;
    this.#model = await receiveModel(request, place, service.maxBytes ?? MOST_BYTES, turn);
  }

  async perform(signal: AbortSignal, progress: (progress: Progress) => void): Promise<ServiceResult> {
    const { runId: id, service, inputType } = this.facts;
    const place = this.#place;
    if (this.#model === undefined || this.#folder === undefined || place === undefined) {
      throw new Error('the model is not there');
    }
    const run = { id, serviceId: service.id, inputType, model: this.#model, folder: this.#folder, progress };
    try {
      const result = await place.perform(run, signal);
      this.context.log({ event: 'run', ...this.#about(), outputType: result.outputType });
      return result;
    } finally {
      // A slow reader of the result takes no place from others.
      place.release();
    }
  }

  /** Responds at once; the result takes the stream. */
  goOnStream(endpoint: Endpoint): ResponseContent {
    const topic = endpoint.newTopic();
    this.#onStream = this.#performOnStream(endpoint, topic);
    return { status: 200, headers: { 'Output-Type': 'Async', 'Topic-Id': String(topic) }, body: '' };
  }

  async #performOnStream(endpoint: Endpoint, topic: number): Promise<void> {
    using stop = linkSignals([endpoint.signal]);
    try {
      const result = await this.perform(stop.signal, (progress) => endpoint.sendProgress(topic, progress));
      await endpoint.sendResult(topic, streamResult(result));
    } catch (error) {
      this.fail(error);
      await endpoint.sendResult(topic, streamError(error, this.facts.runId)).catch(() => {});
    }
  }

  fail(error: unknown): void {
    const reason = messageOf(error);
    this.context.log({ event: 'run-failed', ...this.#about(), reason });
  }

  async close(): Promise<void> {
    await this.#onStream;
    await this.#folder?.[Symbol.asyncDispose]();
    this.#place?.release();
  }

  #about(): { client: string; service: string; bytes: number; ms: number } {
    const { client, service } = this.facts;
    const ms = Math.round(performance.now() - this.#started);
    return { client: client.name, service: service.name, bytes: this.#model?.bytes ?? 0, ms };
  }
}
