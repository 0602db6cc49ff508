// Finds the reason for a failure in the body of a service's response (PROTOCOL 1.6).

import { cleanText } from '../text/clean-text.js';
import { parseObject } from '../text/json-object.js';

/**
 * The reason in a body that is a JSON object with `code` and `message`: older servers report failures like this,
 * without an Output-Type (PROTOCOL 1.6, FreeCAD's rule). Null for any other body.
 */
export function failureIn(body: string): string | null {
  const fields = parseObject(body);
  if (fields === null) return null;
  const { code, message } = fields;
  if ((typeof code !== 'number' && typeof code !== 'string') || typeof message !== 'string') return null;
  return cleanText(`${code}: ${message}`, 300);
}

/** The reason in an error's body, as one line: the message of a JSON error, the text of a page, or the plain text. */
export function reasonText(body: string): string {
  const message = jsonMessage(body);
  if (message !== null) return cleanText(message, 300);
  return cleanText(decodeEntities(withoutElements(body).replace(/<[^>]*>?/g, ' ')), 300);
}

/** A page without its scripts, styles and head. */
function withoutElements(body: string): string {
  const lower = body.toLowerCase();
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

function jsonMessage(body: string): string | null {
  const fields = parseObject(body);
  if (fields === null) return null;
  const message = [fields.message, fields.error_description, fields.error, fields.detail].find(
    (text) => typeof text === 'string' && text,
  );
  if (typeof message !== 'string') return null;
  return typeof fields.code === 'number' ? `${fields.code}: ${message}` : message;
}

function decodeEntities(text: string): string {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => names[name] ?? ' ');
}
