// The grammar of a JSON number (RFC 8259, section 6), byte by byte.

/** Where a number stands: what may follow differs, and only some of these may be its end. */
export type NumberPart = 'minus' | 'zero' | 'integer' | 'point' | 'fraction' | 'e' | 'sign' | 'exponent';

export const NUMBER_ENDS: ReadonlySet<NumberPart> = new Set(['zero', 'integer', 'fraction', 'exponent']);

/** The part that `byte` begins or continues after `part`; null where it does not belong to the number. */
export function nextPart(part: NumberPart, byte: number): NumberPart | null {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  switch (part) {
    case 'minus':
      return byte === 0x30 ? 'zero' : isDigit ? 'integer' : null;
    case 'zero':
    case 'integer':
      if (isDigit && part === 'integer') return 'integer';
      return byte === 0x2e ? 'point' : (byte | 0x20) === 0x65 ? 'e' : null;
    case 'point':
      return isDigit ? 'fraction' : null;
    case 'fraction':
      return isDigit ? 'fraction' : (byte | 0x20) === 0x65 ? 'e' : null;
    case 'e':
      return isDigit ? 'exponent' : byte === 0x2b || byte === 0x2d ? 'sign' : null;
    default:
      return isDigit ? 'exponent' : null;
  }
}
