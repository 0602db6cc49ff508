// Step 4: sends a planned request, waits, and saves the result. The outcome of the model is always known.
import { asBimServiceError } from '../../error-shape.js';

import { BimServiceError, type Outcome } from '../../errors.js';
import { isAsync, lacksScope, mayWantTokenField } from '../../protocol/invocation/invocation.js';
import { type ResponseHead, readResponseHead } from '../../protocol/invocation/response-head.js';
import { showAddress } from '../../protocol/repository/addresses.js';
import { loggedHeaders } from '../../protocol/text/headers.js';
import { rememberTokenField } from '../authorization/token-field.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { HttpClient, ModelResponse, RunChannel, TransferProgress } from '../ports/http.js';
import type { ModelHash } from '../ports/model.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { awaitOutput } from './await-output.js';
import { interruptionOf, isInterruption } from './interruption.js';
import { openChannel } from './open-channel.js';
import { PhaseTimes, type Timing } from './phase-times.js';
import { requestHeaders } from './plan-request.js';
import { type OutputRecord, type ReceiveInput, receiveResult } from './receive-result.js';
import { rememberSilence } from './silent-stream.js';

export interface SendInput extends ReceiveInput {
  /** How long the service may work, in ms; null: no limit. */
  waitMs: number | null;
  /** A 401 goes back to the caller, who refreshes the token, before the token is tried in another header field. */
  refreshesFirst: boolean;
}

export interface SendPorts {
  http: HttpClient;
  store: CredentialStore;
  clock: Clock;
  reporter: Reporter;
  onProgress: (progress: TransferProgress) => void;
  /** Hashes a model of the given size, null when unknown. Null: the hash is not needed. */
  openHash: ((length: number | null) => Promise<ModelHash>) | null;
}

/** `sync`: in the response to the model. `async`: over the websocket. */
export type ResultFlow = 'sync' | 'async';

/** The outcome of one model, complete or not. */
export interface Invocation {
  outcome: Outcome;
  sentBytes: number;
  /** The hash of those bytes; null when nothing was sent, or when it is not needed. */
  sentSha256: string | null;
  status: number | null;
  contextId: string | null;
  /** How the result came, or is to come; null when there was no response. */
  flow: ResultFlow | null;
  output: OutputRecord | null;
  /** The service knows the token, and the consent does not cover the run. */
  lacksScope: boolean;
  timing: Timing;
  error: BimServiceError | null;
}

/** Sends a model. Never throws for failures of network or service: they are part of the returned value. */
export async function sendModel(
  input: SendInput,
  ports: SendPorts,
  signal: AbortSignal,
): Promise<Invocation> {
  const run = new Sending(input, ports);
  try {
    return await run.go(signal);
  } catch (error) {
    return run.failed(error);
  }
}

class Sending {
  readonly #input: SendInput;
  readonly #ports: SendPorts;
  readonly #times: PhaseTimes;
  #hash: ModelHash | null = null;
  #sentBytes = 0;
  #head: ResponseHead | null = null;
  #flow: ResultFlow | null = null;

  constructor(input: SendInput, ports: SendPorts) {
    this.#input = input;
    this.#ports = ports;
    this.#times = new PhaseTimes(ports.clock);
  }

  async go(signal: AbortSignal): Promise<Invocation> {
    const { service, prepared } = this.#input;
    let wasSilent = false;
    const onSilence = () => {
      wasSilent = true;
    };
    await using channel = await openChannel(service, prepared.channel, { ...this.#ports, onSilence }, signal);
    let response = await this.#post(prepared.sendAs, channel !== null, signal);
    if (this.#head !== null && isAsync(this.#head)) {
      response = await this.#asyncResponse(channel, response, this.#head, signal);
      this.#head = readResponseHead(response.status, response.headers);
    }
    const head = this.#head ?? readResponseHead(response.status, response.headers);
    const output = await receiveResult(response, head, this.#input, this.#ports);
    // The token is good, so the silence was not about it.
    if (wasSilent && prepared.channel !== null)
      await rememberSilence(prepared.channel.url, true, this.#ports);
    return await this.#record('done', output, null);
  }

  /** Posts the model; posts it again with the token in the other header when the first request was refused for that (PROTOCOL 1.9). */
  async #post(
    sendAs: 'Authorization' | 'Token',
    listens: boolean,
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    const { service, prepared, waitMs } = this.#input;
    const { url, token, model, form, length } = prepared;
    const { http, reporter } = this.#ports;
    const headers = requestHeaders(prepared, { sendAs, listens });
    const counted = () => this.#counted(model.body());
    reporter.debug(`POST ${showAddress(url)} ${loggedHeaders(Object.entries(headers))}`);
    this.#hash = (await this.#ports.openHash?.(model.length)) ?? null;
    this.#sentBytes = 0;
    const body = form === null ? counted() : form.around(counted);
    const onProgress = (progress: TransferProgress) => this.#progress(progress);
    const onWarning = (line: string) => reporter.warn(line);
    const request = { url, headers, body, length, waitMs, onProgress, onWarning };
    const response = await http.postModel(request, signal);
    this.#head = readResponseHead(response.status, response.headers);
    this.#flow = isAsync(this.#head) ? 'async' : 'sync';
    reporter.debug(`${response.status} ${loggedHeaders(response.headers)}`);
    const isLeft = response.status === 401 && this.#input.refreshesFirst;
    const mayRepeat = sendAs === 'Authorization' && token !== null && model.repeatable && !isLeft;
    if (mayRepeat && mayWantTokenField(this.#head)) {
      reporter.debug('refused as Authorization: Bearer; trying the Token header');
      await response.discard();
      return this.#post('Token', listens, signal);
    }
    const isTaken = sendAs === 'Token' && response.status < 300 && prepared.sendAs !== 'Token';
    if (isTaken && token !== null) await rememberTokenField(service, token, this.#ports, signal);
    return response;
  }

  async #asyncResponse(
    channel: RunChannel | null,
    response: ModelResponse,
    head: ResponseHead,
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    await response.discard();
    this.#times.begin('wait');
    const { service, waitMs } = this.#input;
    if (channel === null) {
      // Servers of autumn 2018 do this whenever a websocket with this token is open (PROTOCOL 1.10).
      throw new BimServiceError(
        'outcome-unknown',
        `${service.id} runs the job, but sends its result to another program that uses the same token`,
        {
          outcome: 'unknown',
          phase: 'wait',
          hint: 'Stop the other program, or receive the result here: --flow async',
        },
      );
    }
    const result = await awaitOutput(
      {
        serviceId: service.id,
        channel,
        topicId: head.topicId,
        waitMs: waitMs === null ? null : Math.max(0, waitMs - this.#times.since('wait')),
        onProgress: (run) => this.#progress({ phase: 'wait', run }),
      },
      signal,
    );
    this.#times.begin('download');
    return result;
  }

  failed(error: unknown): Promise<Invocation> {
    const known = asBimServiceError(error);
    known.service ??= this.#input.service.id;
    known.outcome ??= this.#outcomeSoFar();
    known.phase ??= this.#head === null ? 'upload' : isAsync(this.#head) ? 'wait' : 'save';
    return this.#record(known.outcome, null, isInterruption(known) ? this.#interrupted(known) : known);
  }

  #interrupted(error: BimServiceError): BimServiceError {
    const { length } = this.#input.prepared.model;
    const sentBytes = this.#sentBytes;
    const wasSent = length === null ? error.phase !== 'upload' : sentBytes >= length;
    const outcome = error.outcome ?? this.#outcomeSoFar();
    return interruptionOf(error, { outcome, sentBytes, length, wasSent, isSaved: false });
  }

  #outcomeSoFar(): Outcome {
    if (this.#head === null) return this.#sentBytes === 0 ? 'not-sent' : 'unknown';
    return isAsync(this.#head) ? 'unknown' : 'done';
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#hash?.update(chunk);
      this.#sentBytes += chunk.length;
      yield chunk;
      await this.#hash?.caughtUp();
    }
  }

  async #sentSha256(): Promise<string | null> {
    if (this.#hash === null) return null;
    const hex = await this.#hash.hex();
    if (hex === null) this.#ports.reporter.warn('the hash of the model is missing: its thread has ended');
    return hex;
  }

  #progress(progress: TransferProgress): void {
    // The empty response of an asynchronous run is not a result: the service has only begun.
    if (progress.phase === 'download' && this.#head !== null && isAsync(this.#head)) return;
    this.#times.begin(progress.phase);
    this.#ports.onProgress(progress);
  }

  async #record(
    outcome: Outcome,
    output: OutputRecord | null,
    error: BimServiceError | null,
  ): Promise<Invocation> {
    return {
      outcome,
      sentBytes: this.#sentBytes,
      sentSha256: this.#sentBytes === 0 && outcome !== 'done' ? null : await this.#sentSha256(),
      status: this.#head?.status ?? null,
      contextId: this.#head?.contextId ?? null,
      flow: this.#flow,
      output,
      lacksScope: this.#head !== null && lacksScope(this.#head),
      timing: this.#times.timing(),
      error,
    };
  }
}
