// The second chance of a text that is not JSON: it is JSON5, or its fault is said with line and column.

import JSON5 from 'json5';
import { BimServiceError } from '../../errors.js';
import { cleanText } from './clean-text.js';
import { asJson, type DecodedText, decodeJson, type JsonText, type TextOrigin } from './json-text.js';

/**
 * The value of a JSON text; a byte order mark is skipped. JSON5 (comments, unquoted keys, trailing commas) is read
 * with one warning. `source` is the file or address as shown to a person. Throws BimServiceError
 * `repository-invalid` with source, line, column and the line itself, or saying that it is a web page.
 */
export function parseJsonText(text: Uint8Array | string, source: string, origin: TextOrigin = {}): JsonText {
  const decoded = decodeJson(text, source);
  return asJson(decoded) ?? asJson5(decoded, source, origin);
}

/** The value of a text that is not JSON. Throws as `parseJsonText` does. */
export function asJson5({ content, warnings }: DecodedText, source: string, origin: TextOrigin): JsonText {
  if (content.trim() === '') throw invalid(source, `is empty${came(origin)}`);
  if (content.trimStart().startsWith('<')) throw notJson(content, source, origin);
  try {
    const value: unknown = JSON5.parse(content);
    return { value, warnings: [...warnings, `${source} is JSON5, not JSON: ${whatIsJson5(content)}`] };
  } catch (cause) {
    throw broken(content, source, cause);
  }
}

// Strings and comments are matched whole, so that what they hold is not taken for syntax.
const SYNTAX = new RegExp(
  [
    /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/,
    /(?<single>'[^'\\\n]*(?:\\.[^'\\\n]*)*')/,
    /(?<comment>\/\/[^\n]*|\/\*.*?\*\/)/,
    /(?<comma>,(?=\s*[}\]]))/,
    /(?<key>[\p{L}_$][\p{L}\p{N}_$]*(?=\s*:))/u,
  ]
    .map((part) => part.source)
    .join('|'),
  'gsu',
);
const KINDS = {
  key: 'a key without quotes',
  comma: 'a trailing comma',
  comment: 'a comment',
  single: 'a string in single quotes',
};

/** `a key without quotes (line 2), a trailing comma (line 6)`: the first of each kind. */
function whatIsJson5(content: string): string {
  const found = new Map<string, number>();
  for (const match of content.matchAll(SYNTAX)) {
    for (const [kind, words] of Object.entries(KINDS)) {
      if (match.groups?.[kind] !== undefined && !found.has(words)) {
        found.set(words, content.slice(0, match.index).split('\n').length);
      }
    }
  }
  if (found.size === 0) return 'it uses syntax that JSON does not have';
  return [...found].map(([words, line]) => `${words} (line ${line})`).join(', ');
}

function broken(content: string, source: string, cause: unknown): BimServiceError {
  const { line, column } = position(cause);
  const lines = content.split('\n');
  const hint = 'Correct the file, or tell the person who keeps it.';
  // JSON5 counts the line end that breaks a string as column 0 of the line after it.
  if (column === 0) {
    const shown = cleanText(lines[line - 2] ?? '', 100);
    const where = `line ${line}, column 1: a string is not closed on the line before`;
    return invalid(source, `is not valid JSON: ${where}: ${shown}`, hint, cause);
  }
  const shown = cleanText(lines[line - 1] ?? '', 100);
  const what =
    cause instanceof Error ? cleanText(cause.message.replace(/^JSON5: | at \d+:\d+$/g, ''), 80) : '';
  return invalid(source, `is not valid JSON: line ${line}, column ${column}: ${what}: ${shown}`, hint, cause);
}

function position(error: unknown): { line: number; column: number } {
  const at = { line: 1, column: 1 };
  if (typeof error !== 'object' || error === null) return at;
  if ('lineNumber' in error && typeof error.lineNumber === 'number') at.line = error.lineNumber;
  if ('columnNumber' in error && typeof error.columnNumber === 'number') at.column = error.columnNumber;
  return at;
}

function notJson(content: string, source: string, origin: TextOrigin): BimServiceError {
  const what = /^\s*<(!doctype html|html|head|body|script|!--)/i.test(content) ? 'a web page' : 'XML or HTML';
  const title = /<title[^>]*>([^<]{1,200})/i.exec(content)?.[1];
  const named = title === undefined ? '' : ` titled "${cleanText(title, 60)}"`;
  const hint = /github/i.test(source)
    ? 'Give the address of the file itself: the one behind the "Raw" button.'
    : 'Give the address of the JSON itself; a sign-in page of the network also answers like this.';
  return invalid(source, `is ${what}${named}, not JSON${came(origin)}`, hint);
}

function came({ status, contentType }: TextOrigin): string {
  const parts = [];
  if (status !== undefined) parts.push(`HTTP ${status}`);
  if (contentType !== undefined) parts.push(cleanText(contentType, 60));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function invalid(source: string, what: string, hint?: string, cause?: unknown): BimServiceError {
  const advice = hint ?? 'Check that this is the right address or file.';
  return new BimServiceError('repository-invalid', `${source} ${what}`, {
    hint: advice,
    phase: 'list',
    cause,
  });
}
