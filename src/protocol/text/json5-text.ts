// Reads a text that is not JSON as JSON5; otherwise throws an error that names line and column.

import JSON5 from 'json5';
import { BimServiceError, messageOf } from '../../errors.js';
import { cleanText } from './clean-text.js';
import { asciiLowerCase, before } from './cut.js';
import { asJson, type DecodedText, decodeJson, type JsonText, type TextOrigin } from './decode-json.js';
import { json5Features } from './json5-features.js';

/**
 * The value of a JSON text; a byte order mark is skipped. JSON5 (comments, unquoted keys, trailing commas) is accepted
 * with one warning. `source` is the file or address as shown to a person. Throws BimServiceError `repository-invalid`
 * with the source, the line, the column and the text of that line, or with the information that it is a web page.
 */
export function parseJsonText(text: Uint8Array | string, source: string, origin: TextOrigin = {}): JsonText {
  const decoded = decodeJson(text, source);
  return asJson(decoded) ?? asJson5(decoded, source, origin);
}

/** The value of a text that is not JSON. Throws like `parseJsonText`. */
export function asJson5({ content, warnings }: DecodedText, source: string, origin: TextOrigin): JsonText {
  if (content.trim() === '') throw invalidRepository(source, `is empty${originText(origin)}`);
  if (content.trimStart().startsWith('<')) throw webPageError(content, source, origin);
  try {
    const value: unknown = JSON5.parse(content);
    return { value, warnings: [...warnings, `${source} is JSON5, not JSON: ${json5Features(content)}`] };
  } catch (cause) {
    throw syntaxError(content, source, cause);
  }
}

function syntaxError(content: string, source: string, cause: unknown): BimServiceError {
  const { line, column } = position(cause);
  const lines = content.split('\n');
  const hint = 'Correct the file, or inform the person who maintains it.';
  // For a line end that breaks a string, JSON5 reports column 0 of the next line.
  if (column === 0) {
    const shown = cleanText(lines[line - 2] ?? '', 100);
    const where = `line ${line}, column 1: a string is not closed on the line before`;
    return invalidRepository(source, `is not valid JSON: ${where}: ${shown}`, hint, cause);
  }
  const shown = cleanText(lines[line - 1] ?? '', 100);
  const what = cleanText(messageOf(cause).replace(/^JSON5: | at \d+:\d+$/g, ''), 80);
  return invalidRepository(
    source,
    `is not valid JSON: line ${line}, column ${column}: ${what}: ${shown}`,
    hint,
    cause,
  );
}

function position(error: unknown): { line: number; column: number } {
  const at = { line: 1, column: 1 };
  if (typeof error !== 'object' || error === null) return at;
  if ('lineNumber' in error && typeof error.lineNumber === 'number') at.line = error.lineNumber;
  if ('columnNumber' in error && typeof error.columnNumber === 'number') at.column = error.columnNumber;
  return at;
}

/** The title of a page is near its beginning. */
const HEAD_CHARACTERS = 20_000;

function webPageError(content: string, source: string, origin: TextOrigin): BimServiceError {
  const what = /^\s*<(!doctype html|html|head|body|script|!--)/i.test(content) ? 'a web page' : 'XML or HTML';
  const title = titleOf(content.slice(0, HEAD_CHARACTERS));
  const named = title === undefined ? '' : ` titled "${cleanText(title, 60)}"`;
  const hint = /github/i.test(source)
    ? 'Give the address of the file itself: the one behind the "Raw" button.'
    : 'Give the address of the JSON itself. A sign-in page of the network also looks like this.';
  return invalidRepository(source, `is ${what}${named}, not JSON${originText(origin)}`, hint);
}

function titleOf(head: string): string | undefined {
  const start = asciiLowerCase(head).indexOf('<title');
  const open = start === -1 ? -1 : head.indexOf('>', start);
  return open === -1 ? undefined : before(head.slice(open + 1), '<') || undefined;
}

function originText({ status, contentType }: TextOrigin): string {
  const parts = [];
  if (status !== undefined) parts.push(`HTTP ${status}`);
  if (contentType !== undefined) parts.push(cleanText(contentType, 60));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function invalidRepository(source: string, what: string, hint?: string, cause?: unknown): BimServiceError {
  const advice = hint ?? 'Check that this is the right address or file.';
  return new BimServiceError('repository-invalid', `${source} ${what}`, {
    hint: advice,
    phase: 'list',
    cause,
  });
}
