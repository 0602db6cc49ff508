// Step 4: send a model, wait, and file what comes back. What became of it is always known (README, "Exit codes").
import { BimServiceError, type Outcome } from '../../errors.js';
import {
  invocationHeaders,
  isAsync,
  mayWantTokenField,
  type ResponseHead,
  readResponseHead,
} from '../../protocol/invocation/invocation.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { rememberTokenField } from '../authorization/token-field.js';
import type { ModelResponse, RunChannel, TransferProgress } from '../ports/http.js';
import type { ModelHash } from '../ports/model.js';
import { awaitOutput } from './await-output.js';
import type { InvokeInput, InvokePorts } from './invoke-input.js';
import { openChannel } from './open-channel.js';
import { type OutputRecord, receiveResult } from './receive-result.js';

/** How one model fared, complete or not. It is the `--json` line and the receipt, less what the caller knows. */
export interface Invocation {
  outcome: Outcome;
  sentBytes: number;
  /** Of those bytes; null where none left, or nobody wanted it. */
  sentSha256: string | null;
  status: number | null;
  contextId: string | null;
  output: OutputRecord | null;
  timing: { uploadMs: number | null; waitMs: number | null; downloadMs: number | null };
  error: BimServiceError | null;
}

/** Sends a prepared model. Never throws for what can go wrong on the way: the failure is part of the answer. */
export async function invoke(
  input: InvokeInput,
  ports: InvokePorts,
  signal: AbortSignal,
): Promise<Invocation> {
  const run = new Run(input, ports);
  try {
    return await run.go(signal);
  } catch (error) {
    return run.failed(error);
  }
}

class Run {
  readonly #input: InvokeInput;
  readonly #ports: InvokePorts;
  readonly #starts: Partial<Record<TransferProgress['phase'], number>> = {};
  #hash: ModelHash | null = null;
  #sentBytes = 0;
  #head: ResponseHead | null = null;

  constructor(input: InvokeInput, ports: InvokePorts) {
    this.#input = input;
    this.#ports = ports;
  }

  async go(signal: AbortSignal): Promise<Invocation> {
    await using channel = await openChannel(this.#input, this.#ports, signal);
    let response = await this.#post(this.#input.prepared.sendAs, channel !== null, signal);
    if (this.#head !== null && isAsync(this.#head)) {
      response = await this.#asyncReply(channel, response, this.#head, signal);
      this.#head = readResponseHead(response.status, response.headers);
    }
    const head = this.#head ?? readResponseHead(response.status, response.headers);
    const output = await receiveResult(response, head, this.#input, this.#ports.reporter);
    return await this.#record('done', output, null);
  }

  /** Posts the model; once more with the token in the other field where the first was refused for it (PROTOCOL 1.9). */
  async #post(
    sendAs: 'Authorization' | 'Token',
    hasChannel: boolean,
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    const { prepared, outputType, contextId, acceptFlow, form } = this.#input;
    const { token, inputType, model } = prepared;
    const flow = hasChannel ? 'ASYNC_WS,SYNC' : acceptFlow;
    const formType = form?.contentType ?? null;
    const headers = invocationHeaders({ token, inputType, outputType, contextId, sendAs, flow, formType });
    const counted = () => this.#counted(model.body());
    const hidden = token === null ? {} : { [sendAs]: '[secret]' };
    this.#ports.reporter.debug(`POST ${prepared.url} ${JSON.stringify({ ...headers, ...hidden })}`);
    this.#hash = (await this.#ports.openHash?.(model.length)) ?? null;
    this.#sentBytes = 0;
    const response = await this.#ports.http.postModel(
      {
        url: prepared.url,
        headers,
        body: form === null ? counted() : form.around(counted),
        length: form === null ? model.length : form.length,
        waitMs: this.#input.waitMs,
        onProgress: (progress) => this.#progress(progress),
      },
      signal,
    );
    this.#head = readResponseHead(response.status, response.headers);
    this.#ports.reporter.debug(
      `${response.status} ${JSON.stringify(Object.fromEntries(response.headers.map(([name, value]) => [name, cleanText(value)])))}`,
    );
    if (sendAs === 'Authorization' && token !== null && model.repeatable && mayWantTokenField(this.#head)) {
      this.#ports.reporter.debug('refused as Authorization: Bearer; trying the Token field');
      await emptied(response);
      return this.#post('Token', hasChannel, signal);
    }
    const isTaken = sendAs === 'Token' && response.status < 300 && prepared.sendAs !== 'Token';
    if (isTaken && token !== null) await rememberTokenField(this.#input.service, token, this.#ports, signal);
    return response;
  }

  async #asyncReply(
    channel: RunChannel | null,
    response: ModelResponse,
    head: ResponseHead,
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    await emptied(response);
    this.#starts.wait ??= this.#ports.clock.monotonic();
    const { service, waitMs } = this.#input;
    if (channel === null) {
      // Servers of autumn 2018 do so whenever anybody listens with this token (PROTOCOL 1.10).
      throw new BimServiceError(
        'outcome-unknown',
        `${service.id} runs the job, but hands its result to another program that uses the same token`,
        {
          outcome: 'unknown',
          phase: 'wait',
          hint: 'End the other program, or take the result here: --flow async',
        },
      );
    }
    const waitedMs = this.#ports.clock.monotonic() - this.#starts.wait;
    const result = await awaitOutput(
      {
        serviceId: service.id,
        channel,
        topicId: head.topicId,
        waitMs: waitMs === null ? null : Math.max(0, waitMs - waitedMs),
        onProgress: (run) => this.#progress({ phase: 'wait', run }),
      },
      signal,
    );
    this.#starts.download = this.#ports.clock.monotonic();
    return result;
  }

  failed(error: unknown): Promise<Invocation> {
    const known =
      error instanceof BimServiceError
        ? error
        : new BimServiceError('internal', `internal error: ${cleanText(String(error))}`, { cause: error });
    known.service ??= this.#input.service.id;
    known.outcome ??= this.#outcomeSoFar();
    known.phase ??= this.#head === null ? 'upload' : isAsync(this.#head) ? 'wait' : 'save';
    return this.#record(known.outcome, null, known);
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
    if (hex === null) this.#ports.reporter.warn('the hash of the model was lost: no thread to compute it');
    return hex;
  }

  #progress(progress: TransferProgress): void {
    // The empty answer of an asynchronous run is no result: the service has only begun.
    if (progress.phase === 'download' && this.#head !== null && isAsync(this.#head)) return;
    this.#starts[progress.phase] ??= this.#ports.clock.monotonic();
    this.#ports.onProgress(progress);
  }

  async #record(
    outcome: Outcome,
    output: OutputRecord | null,
    error: BimServiceError | null,
  ): Promise<Invocation> {
    const { upload, wait, download } = this.#starts;
    const now = this.#ports.clock.monotonic();
    const span = (from: number | undefined, to: number | undefined) =>
      from === undefined ? null : Math.round((to ?? now) - from);
    return {
      outcome,
      sentBytes: this.#sentBytes,
      sentSha256: this.#sentBytes === 0 && outcome !== 'done' ? null : await this.#sentSha256(),
      status: this.#head?.status ?? null,
      contextId: this.#head?.contextId ?? null,
      output,
      timing: {
        uploadMs: span(upload, wait ?? download),
        waitMs: span(wait, download),
        downloadMs: span(download, undefined),
      },
      error,
    };
  }
}

/** Reads an answer that is of no use to its end; one that breaks on the way is as good. */
async function emptied(response: ModelResponse): Promise<void> {
  try {
    for await (const _ of response.body);
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
  }
}
