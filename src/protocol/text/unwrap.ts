// What comes with text that a person copies: quotes, angle brackets, line breaks.
import { trimOf } from './cut.js';

const AROUND = '"\'“”‘’«»`<> \t\r\n\ufeff';

/** A pasted token or code without blanks, quotes and angle brackets around it. */
export function unwrapped(text: string): string {
  return trimOf(text, AROUND);
}

/**
 * A pasted address in one piece: mail programs and terminals break long lines, and the parts belong together. Text that
 * does not begin as an address stays as it is, without what is around it.
 */
export function unwrappedAddress(text: string): string {
  const bare = unwrapped(text);
  if (!/^(https?:\/\/|[?&]?(code|error|state|iss)=)/i.test(bare)) return bare;
  const [first = '', ...more] = bare.split(/[\r\n]+/);
  // An address and, on a line of its own, a token are two things; a broken line goes on without a scheme.
  const isBroken =
    more.length > 0 &&
    more.every((line) => /^\S*$/.test(line.trim())) &&
    /[?&](code|error|state)=/.test(bare.replaceAll(/[\r\n\t ]/g, ''));
  return isBroken ? [first, ...more].map((line) => line.trim()).join('') : bare;
}
