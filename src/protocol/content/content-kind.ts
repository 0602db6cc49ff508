// Finds out what kind of content some bytes are: by magic numbers first, then by how the text looks.

import { JsonScan } from './json-scan.js';
import type { ContentKind } from './schema-names.js';
import { readStepHeader } from './step-header.js';
import { xmlRoot } from './xml-scan.js';

const MAGIC: ReadonlyArray<readonly [ContentKind, readonly number[]]> = [
  ['zip', [0x50, 0x4b, 3, 4]],
  ['zip', [0x50, 0x4b, 5, 6]],
  ['zip', [0x50, 0x4b, 7, 8]],
  ['gzip', [0x1f, 0x8b]],
  ['ole', [0xd0, 0xcf, 0x11, 0xe0]],
  ['glb', [0x67, 0x6c, 0x54, 0x46]],
  ['pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
];

// A bracket alone does not make JSON: log files begin with `[INFO]`, JavaScript begins with `{ a:`.
const JSON_START = /^(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\]\-\d]|true\b|false\b|null\b|$))/;
const HTML_START = /^(?:<!--(?:[^-]|-(?!->))*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i;
// XML in a format of its own has a declaration or a namespace; a tag alone is a piece of a page.
const HTML_PIECE =
  /^<(?:h[1-6]|p|div|span|br|hr|b|i|em|strong|center|font|pre|script|style|meta|title|table|ul|ol|form|a|img|section|main|article|noscript|iframe)(?=[\s/>])(?![^>]*\sxmlns[\s=:])/i;
const XML_START = /^<(?:\?xml\b|!--|!DOCTYPE\b|[A-Za-z_])/;
const MARKUP_BYTES = 4096;

/**
 * The kind of content, from the first bytes of a file (1 KiB is enough for most files, 1 MiB always). UTF-8 text may
 * have a byte order mark. Text in another 8-bit encoding counts as text when it has no control bytes.
 */
export function kindOf(head: Uint8Array): ContentKind {
  if (head.byteLength === 0) return 'empty';
  for (const [kind, magic] of MAGIC) if (magic.every((byte, index) => head[index] === byte)) return kind;
  const bytes = hasBom(head) ? head.subarray(3) : head;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (readStepHeader(head).kind !== 'not-step') return 'step';
  const start = text.trimStart().slice(0, MARKUP_BYTES);
  if (isHtmlPage(start) || isHtmlPiece(start)) return 'html';
  if (XML_START.test(start)) return xmlRoot(bytes)?.localName.toLowerCase() === 'html' ? 'html' : 'xml';
  if (JSON_START.test(start) && !isBracketedText(bytes)) return 'json';
  return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? 'binary' : 'text';
}

/** True for a text that begins as a whole HTML page, comments before it included. */
export function isHtmlPage(start: string): boolean {
  return HTML_START.test(start);
}

/** True for a text that begins with a tag from the middle of a page. */
export function isHtmlPiece(start: string): boolean {
  return HTML_PIECE.test(start);
}

function hasBom(head: Uint8Array): boolean {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}

/** True for text like `[2024-01-01 12:00] started`: it begins like an array, but its first line is not JSON. */
function isBracketedText(bytes: Uint8Array): boolean {
  const scan = new JsonScan();
  scan.write(bytes.subarray(0, 256));
  return scan.defect !== null && /^\s*\[\s*[\d-]/.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}
