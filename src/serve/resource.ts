// The resource endpoint (PROTOCOL 1.5 and 1.6): the model goes to the service, its result comes back in the answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';
import type { Client } from './grants.js';
import { inviteBody, Refusal, type ResponseContent, withIdleLimit } from './http.js';
import {
  type ProviderEvent,
  type ServedService,
  ServiceError,
  type ServiceResult,
} from './served-service.js';

// A slow upload may take hours (CASES B152); one that has stopped holds a socket for nothing.
const IDLE_MS = 2 * 60_000;

export interface Run {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly service: ServedService;
  readonly client: Client;
  readonly now: () => number;
  readonly log: (event: ProviderEvent) => void;
}

/** Runs the service over the request's body, however long it takes. A failed run is an answer too, not an exception. */
export async function runService(run: Run): Promise<ResponseContent> {
  const { request, response, service, client } = run;
  const sender = new AbortController();
  response.once('close', () => sender.abort());
  const started = performance.now();
  let bytes = 0;
  async function* model(): AsyncGenerator<Uint8Array> {
    for await (const chunk of withIdleLimit(request, IDLE_MS)) {
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  const about = (): { client: string; service: string; bytes: number; ms: number } => ({
    client: client.name,
    service: service.name,
    bytes,
    ms: Math.round(performance.now() - started),
  });
  try {
    inviteBody(request, response);
    const result = await service.run(model(), {
      signal: sender.signal,
      inputType: unquote(request.headers['input-type']),
      now: run.now,
    });
    run.log({ event: 'run', ...about(), outputType: result.outputType });
    return resultReply(result);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    run.log({
      event: 'run-failed',
      ...about(),
      reason: messageOf(error),
    });
    return errorReply(error);
  }
}

/** PROTOCOL 1.5: some clients put header values into quotes. */
function unquote(field: string | string[] | undefined): string | null {
  if (typeof field !== 'string') return null;
  return field.trim().replace(/^"(.*)"$/, '$1');
}

function resultReply(result: ServiceResult): ResponseContent {
  return {
    status: 200,
    headers: {
      'Output-Type': result.outputType,
      'Data-Title': headerText(result.title),
      'Content-Type': result.contentType,
      'Content-Disposition': attachment(result.fileName),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: result.body,
  };
}

function errorReply(error: unknown): ResponseContent {
  const known = error instanceof ServiceError;
  const body = known
    ? { code: error.code, message: cleanText(error.message) }
    : { code: 500, message: 'Unknown error' };
  return {
    status: 200,
    headers: { 'Output-Type': 'ERROR', 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** UTF-8 in a header field: Node writes each character as one byte. */
function headerText(text: string): string {
  return Buffer.from(cleanText(text), 'utf8').toString('latin1');
}

/** RFC 6266: a plain name for old clients, and the exact one (RFC 8187) where the plain one cannot say it. */
function attachment(fileName: string): string {
  const name = cleanText(fileName);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
