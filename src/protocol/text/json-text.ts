// Reads the text of a repository as JSON. Falls back to JSON5, and loads the JSON5 reader only then.
import { asJson, decodeJson, type JsonText, type TextOrigin } from './decode-json.js';

/** Like `parseJsonText`, but loads the JSON5 reader only when the text is not JSON. */
export async function readJsonText(
  text: Uint8Array | string,
  source: string,
  origin: TextOrigin = {},
): Promise<JsonText> {
  const decoded = decodeJson(text, source);
  return asJson(decoded) ?? (await import('./json5-text.js')).asJson5(decoded, source, origin);
}
