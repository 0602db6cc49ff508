// Makes a response from a result (PROTOCOL 1.5 and 1.6): headers, body, and failed runs as results.

import { cleanText } from '../protocol/text/clean-text.js';
import type { ResponseContent } from './http/http.js';
import type { Dialect } from './oauth/dialect.js';
import { ServiceError, type ServiceResult } from './service/served-service.js';
import type { StreamResult } from './stream.js';

/** The longest error text: some lines of a command's stderr. */
const MESSAGE_LENGTH = 2000;
/** A status line is read as one line of a log. */
const REASON_LENGTH = 200;

export function resultResponse(result: ServiceResult, dialect: Dialect): ResponseContent {
  return {
    status: 200,
    headers: {
      'Output-Type': result.outputType,
      'Data-Title': headerText(result.title, dialect),
      'Content-Type': result.contentType,
      'Content-Disposition': attachment(result.fileName, dialect.extendedFileName),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: result.body,
  };
}

/**
 * BimBotJavaClient requires Data-Title and Content-Type on errors too (PROTOCOL 1.13). The message ends with the id of the
 * request: with it the operator finds the line of the log.
 */
export function errorResponse(error: unknown, dialect: Dialect, requestId: string): ResponseContent {
  const isStatus = dialect.failure === 'status';
  const content = {
    status: isStatus ? 500 : 200,
    headers: {
      'Output-Type': 'ERROR',
      'Data-Title': 'Error',
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    },
    body: errorText(error, dialect.errorPrefix, requestId),
  };
  return isStatus ? withReason(content, wordsOf(error)[1], dialect) : content;
}

/** `words` in the status line, for a client that reports that line and nothing else (PROTOCOL 1.12). */
export function withReason(content: ResponseContent, words: string, dialect: Dialect): ResponseContent {
  if (!dialect.reasonInStatusLine) return content;
  return { ...content, reason: latin1Text(cleanText(words, REASON_LENGTH)) };
}

export function streamResult(result: ServiceResult): StreamResult {
  const { fileName, ...same } = result;
  return { ...same, title: cleanText(result.title), contentDisposition: attachment(fileName, true) };
}

export function streamError(error: unknown, requestId: string): StreamResult {
  return {
    outputType: 'ERROR',
    title: 'Error',
    contentType: null,
    contentDisposition: null,
    body: Buffer.from(errorText(error, '', requestId)),
  };
}

function errorText(error: unknown, prefix: string, requestId: string): string {
  const [code, words] = wordsOf(error);
  const message = `${cleanText(prefix + words, MESSAGE_LENGTH)} (request ${requestId})`;
  return JSON.stringify({ code, message });
}

function wordsOf(error: unknown): [code: number, words: string] {
  return error instanceof ServiceError ? [error.code, error.message] : [500, 'Unknown error'];
}

/** Node writes each character of a header as one byte. */
function headerText(text: string, { headerCharset }: Dialect): string {
  const clean = cleanText(text);
  return headerCharset === 'latin1' ? latin1Text(clean) : Buffer.from(clean, 'utf8').toString('latin1');
}

/** A character beyond ISO-8859-1 becomes a question mark. */
function latin1Text(text: string): string {
  return text.normalize('NFC').replace(/[^\x20-\x7e\xa0-\xff]/gu, '?');
}

/**
 * RFC 6266: a plain name for old clients, and the exact one (RFC 8187) if the plain name cannot contain it and
 * `isExtended`.
 */
function attachment(fileName: string, isExtended: boolean): string {
  const name = cleanText(fileName);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === name || !isExtended) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
