// Removes what copied text has around it: quotes, angle brackets, line breaks.
import { trimOf } from './cut.js';

const AROUND = '"\'“”‘’«»`<> \t\r\n\ufeff';

/** A pasted token or code without blanks, quotes and angle brackets around it. */
export function unwrapped(text: string): string {
  return trimOf(text, AROUND);
}

/**
 * A pasted address as one line: mail programs and terminals break long lines. Text that does not begin like an address is
 * only trimmed.
 */
export function unwrappedAddress(text: string): string {
  const bare = unwrapped(text);
  if (!/^(https?:\/\/|[?&]?(code|error|state|iss)=)/i.test(bare)) return bare;
  const [first = '', ...more] = bare.split(/[\r\n]+/);
  // An address followed by a token on a separate line stays two parts; a broken line continues without a scheme.
  const isBroken =
    more.length > 0 &&
    more.every((line) => /^\S*$/.test(line.trim())) &&
    /[?&](code|error|state)=/.test(bare.replaceAll(/[\r\n\t ]/g, ''));
  return isBroken ? [first, ...more].map((line) => line.trim()).join('') : bare;
}
