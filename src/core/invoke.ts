// Step 4: send a model, wait, and file what comes back. What became of it is always known (DESIGN, outcomes).
import { createHash } from 'node:crypto';
import { BimServiceError, type Outcome } from '../errors.js';
import {
  type AnswerHead,
  invocationHeaders,
  isBimserver,
  judgeAnswer,
  promisesJson,
  readAnswerHead,
  reasonText,
} from '../protocol/invocation.js';
import { resultName } from '../protocol/result-name.js';
import { contradicts } from '../protocol/result-type.js';
import { extensionFor } from '../protocol/schema-names.js';
import type { Service } from '../protocol/service.js';
import { cleanText } from '../protocol/text.js';
import type {
  Clock,
  HeaderFields,
  HttpClient,
  Inspection,
  ModelReply,
  Reporter,
  ResultTarget,
  SavedResult,
  TransferProgress,
} from './ports.js';
import type { Prepared } from './prepare-invocation.js';

export interface InvokeInput {
  service: Service;
  prepared: Prepared;
  target: ResultTarget;
  /** True where the person named a file (`-o`): then "no result" is a failure. */
  resultWanted: boolean;
  /** The only type of result that is accepted; null accepts any. */
  expect: string | null;
  contextId: string | null;
  waitMs: number | null;
  allowEmpty: boolean;
  keepRejected: boolean;
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

export interface OutputRecord extends SavedResult {
  contentType: string | null;
  /** What the content is, else what the service called it. */
  type: string | null;
  title: string | null;
}

/** Most of an error's body that is read for its reason (CASES B104). */
const REASON_BYTES = 2048;

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
    const output = await this.#receive(reply, this.#head);
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

  async #receive(reply: ModelReply, head: AnswerHead): Promise<OutputRecord | null> {
    const { service, target, resultWanted, expect } = this.#input;
    const verdict = judgeAnswer(head, service.id);
    if (verdict.kind === 'failure') {
      const reason = reasonText(await firstText(reply.body));
      throw new BimServiceError(
        verdict.code,
        `${service.id} ${verdict.words}${reason ? `: ${reason}` : ''}`,
        {
          hint: verdict.hint,
          outcome: verdict.outcome,
          phase: 'wait',
        },
      );
    }
    if (verdict.kind === 'no-result') {
      await firstText(reply.body);
      if (!resultWanted && expect === null) {
        this.#ports.reporter.info(`${service.id} worked and has no result to give (${head.status}).`);
        return null;
      }
      throw new BimServiceError('result-missing', `${service.id} has no result to give (${head.status})`, {
        outcome: 'done',
        phase: 'download',
      });
    }
    if (!isDelimited(reply.headers)) {
      this.#ports.reporter.warn(
        `${service.id} does not say how long its answer is: a cut one would look whole`,
      );
    }
    let bytes = 0;
    for await (const chunk of reply.body) {
      bytes += chunk.length;
      await target.write(chunk);
    }
    if (bytes === 0 && !this.#input.allowEmpty) throw this.#emptyAnswer(head);
    return this.#file(head);
  }

  /** The content decides what a result is; the labels are compared with it (PROTOCOL 1.5). */
  async #file(head: AnswerHead): Promise<OutputRecord> {
    const { service, target, prepared, expect } = this.#input;
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
      const kept = this.#input.keepRejected ? await target.keepRejected(name) : null;
      throw new BimServiceError(
        'result-unexpected',
        `${service.id} answered, but not with a usable result: ${rejection}`,
        {
          outcome: 'done',
          phase: 'download',
          hint:
            kept === null
              ? 'Nothing was saved; --keep-rejected keeps such an answer to look at.'
              : `The answer is kept as ${kept.path}`,
        },
      );
    }
    if (found && head.outputType !== null) {
      const mismatch = contradicts(found, head.outputType);
      if (mismatch !== null) this.#ports.reporter.warn(`${service.id}: ${mismatch}; the content decides`);
    }
    for (const warning of found?.warnings ?? []) this.#ports.reporter.warn(warning);
    const saved = await target.commit(name);
    return { ...saved, contentType: head.contentType, type, title: head.title };
  }

  /** BIMserver answers a bad token with an empty 200 (PROTOCOL 1.6). */
  #emptyAnswer(head: AnswerHead): BimServiceError {
    const { service, prepared } = this.#input;
    const details = { outcome: 'unknown', phase: 'download' } as const;
    if (prepared.token !== null && head.outputType === null && isBimserver(prepared.url)) {
      return new BimServiceError(
        'token-refused',
        `${service.id} gave an empty answer: the token may be refused`,
        {
          ...details,
          hint: `Authorize again: bimservice authorize ${service.id} (or accept it: --allow-empty)`,
        },
      );
    }
    return new BimServiceError(
      'result-missing',
      `${service.id} gave an empty answer; the token may be refused, or the service failed`,
      {
        ...details,
        hint: `Look at the service, or authorize again: bimservice authorize ${service.id} (or accept it: --allow-empty)`,
      },
    );
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

/** True where the end of the body is told by more than the end of the connection (RFC 9112 6.3). */
function isDelimited(headers: HeaderFields): boolean {
  return headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
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
    // The status has said what matters; a cut reason is shown as far as it came.
  }
  return Buffer.concat(chunks).subarray(0, REASON_BYTES).toString('utf8');
}

/** Why an answer is not taken as a result, as the rest of a sentence; null where it is one. */
function rejectionOf(
  found: Inspection,
  head: AnswerHead,
  expect: string | null,
  service: Service,
): string | null {
  // Text may begin like JSON and be none: only what was to be JSON has to parse as such.
  const hasDefect = found.defect !== null && (found.content !== 'json' || promisesJson(head, expect));
  if (hasDefect) return found.defect;
  const contradiction = expect === null ? null : contradicts(found, expect);
  return contradiction ?? unwantedPage(found.content, head, service);
}

/** A web page is no result unless the service says that it gives one: most are login or error pages with a 200. */
function unwantedPage(content: string, head: AnswerHead, service: Service): string | null {
  const said = [head.outputType ?? '', ...service.outputs].some((type) => /HTML/i.test(type));
  return content === 'html' && !said ? 'it is a web page, perhaps a login or an error page' : null;
}
