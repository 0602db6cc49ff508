// Finds the reason for a failure in the body of a service's response (PROTOCOL 1.6).

import { cleanText } from '../text/clean-text.js';
import { asciiLowerCase } from '../text/cut.js';
import { jsonTextOf, objectOf, parseObject } from '../text/json-object.js';

/** Longest reason that is shown, in characters. */
const LONGEST = 300;

/** Objects inside each other that are looked into for a message. */
const DEEPEST = 16;

/** The reason in an error's body, as one line: the message of a JSON error, the text of a page, or the plain text. */
export function reasonText(body: string): string {
  const fields = parseObject(withoutMark(body));
  const message = fields === null ? null : jsonReason(fields);
  if (message !== null) return message;
  return cleanText(decodeEntities(withoutElements(body).replace(/<[^>]*>?/g, ' ')), LONGEST);
}

/** A page without its scripts, styles and head. */
function withoutElements(body: string): string {
  const lower = asciiLowerCase(body);
  const kept: string[] = [];
  let from = 0;
  for (const { index, 1: name = '' } of lower.matchAll(/<(script|style|head)\b/g)) {
    if (index < from) continue;
    kept.push(body.slice(from, index));
    const end = lower.indexOf(`</${name}>`, index);
    if (end === -1) return kept.join(' ');
    from = end + name.length + 3;
  }
  return [...kept, body.slice(from)].join(' ');
}

/** A text without its byte order mark, which JSON parsers refuse. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** The message in a JSON object that describes an error, with its code; null when it has none. `depth`: of the object in others. */
export function jsonReason(fields: Record<string, unknown>, depth = 0): string | null {
  const { code, message, title, detail } = fields;
  const inner = [fields.error, objectOf(fields.response)?.exception, fields.exception, fields.errors]
    .map((value) => objectOf(Array.isArray(value) ? value[0] : value))
    .find((object) => object !== null);
  const text = [message, fields.error_description, fields.error, fields.Message, fields.msg].find(isText);
  const problem = [title, detail].filter(isText).join(': ');
  const shown = text ?? (problem || null);
  if (shown === null) {
    if (inner && depth < DEEPEST)
      return jsonReason(inner, depth + 1) ?? cleanText(jsonTextOf(inner), LONGEST);
    return isText(fields.type) ? cleanText(fields.type, LONGEST) : null;
  }
  const label = [code, fields.errorCode].find((value) => typeof value === 'number' || isText(value));
  return cleanText(label === undefined ? shown : `${String(label)}: ${shown}`, LONGEST);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function decodeEntities(text: string): string {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => names[name] ?? ' ');
}
