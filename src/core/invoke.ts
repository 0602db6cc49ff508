// Step 4: send a model, wait, and file what comes back. What became of it is always known (DESIGN, outcomes).
import { createHash } from 'node:crypto';
import { BimServiceError, type Outcome } from '../errors.js';
import { type AnswerHead, invocationHeaders, readAnswerHead } from '../protocol/invocation.js';
import { cleanText } from '../protocol/text.js';
import type { Clock, HttpClient, Reporter, TransferProgress } from './ports.js';
import { type OutputRecord, type ReceiveInput, receiveResult } from './receive-result.js';

export interface InvokeInput extends ReceiveInput {
  contextId: string | null;
  waitMs: number | null;
}

export interface InvokePorts {
  http: HttpClient;
  clock: Clock;
  reporter: Reporter;
  onProgress: (progress: TransferProgress) => void;
}

/** How one model fared, complete or not. It is the `--json` line and the receipt, less what the caller knows. */
export interface Invocation {
  outcome: Outcome;
  sentBytes: number;
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
  readonly #sent = createHash('sha256');
  readonly #starts: Partial<Record<TransferProgress['phase'], number>> = {};
  #sentBytes = 0;
  #head: AnswerHead | null = null;

  constructor(input: InvokeInput, ports: InvokePorts) {
    this.#input = input;
    this.#ports = ports;
  }

  async go(signal: AbortSignal): Promise<Invocation> {
    const { prepared, contextId, expect, waitMs } = this.#input;
    const headers = invocationHeaders({
      token: prepared.token,
      inputType: prepared.inputType,
      outputType: expect,
      contextId,
    });
    this.#ports.reporter.debug(
      `POST ${prepared.url} ${JSON.stringify({ ...headers, ...(headers.Authorization ? { Authorization: 'Bearer [secret]' } : {}) })}`,
    );
    const reply = await this.#ports.http.postModel(
      {
        url: prepared.url,
        headers,
        body: this.#counted(prepared.model.body()),
        length: prepared.model.length,
        waitMs,
        onProgress: (progress) => this.#progress(progress),
      },
      signal,
    );
    this.#head = readAnswerHead(reply.status, reply.headers);
    this.#ports.reporter.debug(
      `${reply.status} ${JSON.stringify(Object.fromEntries(reply.headers.map(([name, value]) => [name, cleanText(value)])))}`,
    );
    const output = await receiveResult(reply, this.#head, this.#input, this.#ports.reporter);
    return this.#record('done', output, null);
  }

  failed(error: unknown): Invocation {
    const known =
      error instanceof BimServiceError
        ? error
        : new BimServiceError('internal', `internal error: ${cleanText(String(error))}`, { cause: error });
    known.service ??= this.#input.service.id;
    known.outcome ??= this.#head === null ? (this.#sentBytes === 0 ? 'not-sent' : 'unknown') : 'done';
    known.phase ??= this.#head === null ? 'upload' : 'save';
    return this.#record(known.outcome, null, known);
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#sent.update(chunk);
      this.#sentBytes += chunk.length;
      yield chunk;
    }
  }

  #progress(progress: TransferProgress): void {
    this.#starts[progress.phase] ??= this.#ports.clock.now();
    this.#ports.onProgress(progress);
  }

  #record(outcome: Outcome, output: OutputRecord | null, error: BimServiceError | null): Invocation {
    const { upload, wait, download } = this.#starts;
    const now = this.#ports.clock.now();
    const span = (from: number | undefined, to: number | undefined) =>
      from === undefined ? null : (to ?? now) - from;
    return {
      outcome,
      sentBytes: this.#sentBytes,
      sentSha256: this.#sentBytes === 0 && outcome !== 'done' ? null : this.#sent.digest('hex'),
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
