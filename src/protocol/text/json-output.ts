// JSON that leaves the program: no invisible character moves in it, and no address in it carries a secret.
import { INVISIBLE_CHARACTER } from './clean-text.js';
import { publicAddress } from './public-address.js';

/**
 * `document` as JSON. Control, bidi and zero-width characters are escaped (`\u009b`): the value stays the same, and a
 * terminal or a log shows nothing that is not there. Addresses lose user information and parameters with secrets.
 */
export function outputJson(document: unknown, space?: number): string {
  const withoutSecrets = (_: string, value: unknown) =>
    typeof value === 'string' ? publicAddress(value) : value;
  return JSON.stringify(document, withoutSecrets, space).replace(INVISIBLE_CHARACTER, (character) =>
    character === '\n' ? character : escaped(character),
  );
}

/** Text for a terminal, in which invisible characters are shown as their escapes; line ends and tabs stay. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE_CHARACTER, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at += 1)
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}
