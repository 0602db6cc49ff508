// Makes a response from a result (PROTOCOL 1.5 and 1.6): headers, body, and failed runs as results.

import { cleanText } from '../protocol/text/clean-text.js';
import type { ResponseContent } from './http/http.js';
import { ServiceError, type ServiceResult } from './service/served-service.js';
import type { StreamResult } from './stream.js';

/** The longest error text: some lines of a command's stderr. */
const MESSAGE_LENGTH = 2000;

export function resultResponse(result: ServiceResult): ResponseContent {
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

/** BimBotJavaClient requires Data-Title and Content-Type on errors too (PROTOCOL 1.13). */
export function errorResponse(error: unknown, prefix: string): ResponseContent {
  return {
    status: 200,
    headers: {
      'Output-Type': 'ERROR',
      'Data-Title': 'Error',
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    },
    body: errorText(error, prefix),
  };
}

export function streamResult(result: ServiceResult): StreamResult {
  const { fileName, ...same } = result;
  return { ...same, title: cleanText(result.title), contentDisposition: attachment(fileName) };
}

export function streamError(error: unknown): StreamResult {
  return {
    outputType: 'ERROR',
    title: 'Error',
    contentType: null,
    contentDisposition: null,
    body: Buffer.from(errorText(error, '')),
  };
}

function errorText(error: unknown, prefix: string): string {
  const [code, words] = error instanceof ServiceError ? [error.code, error.message] : [500, 'Unknown error'];
  return JSON.stringify({ code, message: cleanText(prefix + words, MESSAGE_LENGTH) });
}

/** UTF-8 in a header: Node writes each character as one byte. */
function headerText(text: string): string {
  return Buffer.from(cleanText(text), 'utf8').toString('latin1');
}

/** RFC 6266: a plain name for old clients, and the exact one (RFC 8187) if the plain name cannot contain it. */
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
