// Reads JSON as it streams by, in flat memory: is it whole, and what do a few members near its top say.
// The parsers of libraries keep each string and each level: a valid document of one huge string would not fit.

/** Deeper than this (levels) is not checked: the bits of the levels take 1 MiB then. */
const DEEPEST = 8 * 1024 * 1024;

/** A longer string is no type of a model (bytes). */
const LONGEST_KEPT = 256;

/** The members whose values tell a model's type stand at most so deep. */
const DEEPEST_KEPT = 3;

/** Member names of the outermost object that are looked for. */
const WANTED_KEYS: ReadonlySet<string> = new Set(['header', 'objects', 'data', 'type', 'schemaIdentifier']);

const WANTED_PATHS = /^(?:type|schemaIdentifier|asset\.version|header\.[^.]+(?:\.[^.]+)?)$/;

const BOM = [0xef, 0xbb, 0xbf];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type State =
  | 'value'
  | 'first-item'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'after-value'
  | 'string'
  | 'escape'
  | 'word'
  | 'number'
  | 'end';

/** Where a number stands: what may follow differs, and only some of these may be its end. */
type NumberPart = 'minus' | 'zero' | 'integer' | 'point' | 'fraction' | 'e' | 'sign' | 'exponent';

const NUMBER_ENDS: ReadonlySet<NumberPart> = new Set(['zero', 'integer', 'fraction', 'exponent']);

/** Python and JavaScript write the last three, which JSON does not have. */
const WORDS = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];

/** A JSON document fed piece by piece (RFC 8259). Only the values that tell a model's type are kept. */
export class JsonScan {
  /** Names of `WANTED_KEYS` among the members of the outermost object met so far. */
  readonly keys = new Set<string>();
  /** Short string values met so far at `type`, `schemaIdentifier`, `asset.version`, and below `header`. */
  readonly strings: ReadonlyArray<readonly [path: string, value: string]>;

  readonly #strings: Array<readonly [path: string, value: string]> = [];
  #state: State = 'value';
  /** One bit for each open level: 1 for an object. */
  #levels = new Uint8Array(64);
  #depth = 0;
  /** Names of the members that are open, as far as they are kept. */
  readonly #path: string[] = [];
  #isKey = false;
  /** Of the string under way, raw; null where it is not kept. */
  #kept: number[] | null = null;
  #unicodeLeft = 0;
  #number: NumberPart = 'minus';
  #word = '';
  #bytes = 0;
  #defect: string | null = null;
  #unchecked: string | null = null;
  #oddWord: string | null = null;

  constructor() {
    this.strings = this.#strings;
  }

  /** What is wrong so far, in words with a byte position; null while all is well. Nothing is read after a defect. */
  get defect(): string | null {
    return this.#defect;
  }

  /** Why the rest was not checked; null where it was. */
  get unchecked(): string | null {
    return this.#unchecked;
  }

  /** A word like `NaN`, which some writers use and JSON does not have, or null. */
  get oddWord(): string | null {
    return this.#oddWord;
  }

  /** True once the outermost value is complete. */
  get complete(): boolean {
    return this.#state === 'end' && this.#defect === null;
  }

  write(piece: Uint8Array): void {
    let at = this.#bytes === 0 && BOM.every((byte, index) => piece[index] === byte) ? BOM.length : 0;
    while (at < piece.length && this.#defect === null && this.#unchecked === null) {
      if (this.#state === 'string') at = this.#string(piece, at);
      else {
        const byte = piece[at] ?? 0;
        if (this.#step(byte, this.#bytes + at)) at += 1;
      }
    }
    this.#bytes += piece.length;
  }

  /** Call when the document is over: an unfinished value is a defect too. */
  end(): string | null {
    if (this.#defect !== null || this.#unchecked !== null) return this.#defect;
    if (this.#state === 'number' && NUMBER_ENDS.has(this.#number)) this.#valueEnded();
    if (this.#state !== 'end') this.#defect = `JSON stops in the middle, at byte ${this.#bytes}`;
    return this.#defect;
  }

  /** Takes one byte outside a string; false where it ends a number and is still to be read. */
  #step(byte: number, position: number): boolean {
    if (this.#state === 'number') return this.#numberStep(byte, position);
    if (this.#state === 'word') return this.#wordStep(byte, position);
    if (this.#state === 'escape') return this.#escapeStep(byte, position);
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return true;
    switch (this.#state) {
      case 'first-item':
        if (byte === 0x5d) return this.#close(false, position);
        return this.#beginValue(byte, position);
      case 'value':
        return this.#beginValue(byte, position);
      case 'first-key':
        if (byte === 0x7d) return this.#close(true, position);
        return this.#beginKey(byte, position);
      case 'key':
        return this.#beginKey(byte, position);
      case 'colon':
        if (byte !== 0x3a) return this.#fail(position);
        this.#state = 'value';
        return true;
      case 'after-value':
        if (byte === 0x2c) {
          this.#state = this.#inObject() ? 'key' : 'value';
          return true;
        }
        if (byte === 0x7d) return this.#close(true, position);
        if (byte === 0x5d) return this.#close(false, position);
        return this.#fail(position);
      default:
        return this.#fail(position);
    }
  }

  #beginKey(byte: number, position: number): boolean {
    if (byte !== QUOTE) return this.#fail(position);
    return this.#beginString(true);
  }

  #beginValue(byte: number, position: number): boolean {
    if (byte === QUOTE) return this.#beginString(false);
    if (byte === 0x7b || byte === 0x5b) return this.#open(byte === 0x7b, position);
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      this.#state = 'number';
      this.#number = byte === 0x2d ? 'minus' : byte === 0x30 ? 'zero' : 'integer';
      return true;
    }
    this.#state = 'word';
    this.#word = '';
    return this.#wordStep(byte, position);
  }

  #open(isObject: boolean, position: number): boolean {
    if (this.#depth === DEEPEST) {
      this.#unchecked = `it is nested more than ${DEEPEST} levels deep at byte ${position}`;
      return true;
    }
    const index = this.#depth >> 3;
    if (index === this.#levels.length) {
      const longer = new Uint8Array(this.#levels.length * 2);
      longer.set(this.#levels);
      this.#levels = longer;
    }
    const bit = 1 << (this.#depth & 7);
    this.#levels[index] = isObject ? (this.#levels[index] ?? 0) | bit : (this.#levels[index] ?? 0) & ~bit;
    this.#depth += 1;
    this.#state = isObject ? 'first-key' : 'first-item';
    return true;
  }

  #inObject(): boolean {
    const level = this.#depth - 1;
    return ((this.#levels[level >> 3] ?? 0) & (1 << (level & 7))) !== 0;
  }

  #close(isObject: boolean, position: number): boolean {
    if (this.#depth === 0 || this.#inObject() !== isObject) return this.#fail(position);
    this.#depth -= 1;
    this.#path.length = Math.min(this.#path.length, this.#depth);
    this.#valueEnded();
    return true;
  }

  #valueEnded(): void {
    this.#state = this.#depth === 0 ? 'end' : 'after-value';
  }

  #beginString(isKey: boolean): boolean {
    this.#state = 'string';
    this.#isKey = isKey;
    this.#kept = this.#depth <= DEEPEST_KEPT && this.#depth > 0 && this.#inObject() ? [] : null;
    return true;
  }

  /** Reads on in a string; the index of the first byte that is not read. */
  #string(piece: Uint8Array, from: number): number {
    let at = from;
    for (; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (byte === QUOTE) {
        this.#keep(piece, from, at);
        this.#stringEnded();
        return at + 1;
      }
      if (byte === BACKSLASH) {
        this.#keep(piece, from, at + 1);
        this.#state = 'escape';
        this.#unicodeLeft = 0;
        return at + 1;
      }
      if (byte < 0x20) {
        this.#fail(this.#bytes + at);
        return at;
      }
    }
    this.#keep(piece, from, at);
    return at;
  }

  #escapeStep(byte: number, position: number): boolean {
    const isHex = (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
    if (this.#unicodeLeft > 0) {
      if (!isHex) return this.#fail(position);
      this.#unicodeLeft -= 1;
      if (this.#unicodeLeft === 0) this.#state = 'string';
    } else if (byte === 0x75) {
      this.#unicodeLeft = 4;
    } else {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(byte))) return this.#fail(position);
      this.#state = 'string';
    }
    this.#kept?.push(byte);
    return true;
  }

  #keep(piece: Uint8Array, from: number, to: number): void {
    if (this.#kept === null) return;
    if (this.#kept.length + to - from > LONGEST_KEPT) this.#kept = null;
    else for (let at = from; at < to; at += 1) this.#kept.push(piece[at] ?? 0);
  }

  #stringEnded(): void {
    const text = this.#kept === null ? null : asText(this.#kept);
    this.#kept = null;
    if (this.#isKey) {
      this.#state = 'colon';
      if (this.#depth > DEEPEST_KEPT) return;
      this.#path.length = this.#depth - 1;
      this.#path.push(text ?? '');
      if (this.#depth === 1 && text !== null && WANTED_KEYS.has(text)) this.keys.add(text);
      return;
    }
    if (text !== null && this.#path.length === this.#depth) {
      const path = this.#path.join('.');
      if (WANTED_PATHS.test(path) && this.#strings.length < LONGEST_KEPT) this.#strings.push([path, text]);
    }
    this.#valueEnded();
  }

  #numberStep(byte: number, position: number): boolean {
    const next = nextPart(this.#number, byte);
    if (next !== null) {
      this.#number = next;
      return true;
    }
    if (this.#number === 'minus' && byte === 0x49) {
      this.#state = 'word';
      this.#word = '-';
      return this.#wordStep(byte, position);
    }
    if (!NUMBER_ENDS.has(this.#number)) return this.#fail(position);
    this.#valueEnded();
    return false;
  }

  #wordStep(byte: number, position: number): boolean {
    this.#word += String.fromCharCode(byte);
    if (WORDS.includes(this.#word)) {
      if (!['true', 'false', 'null'].includes(this.#word)) this.#oddWord ??= this.#word;
      this.#valueEnded();
      return true;
    }
    return WORDS.some((word) => word.startsWith(this.#word)) || this.#fail(position);
  }

  /** Always true: the byte counts as read. */
  #fail(position: number): true {
    this.#defect ??= `JSON does not parse at byte ${position}`;
    return true;
  }
}

function nextPart(part: NumberPart, byte: number): NumberPart | null {
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

/** The text of a raw JSON string; its escapes have been checked. */
function asText(raw: readonly number[]): string {
  const text: unknown = JSON.parse(`"${new TextDecoder().decode(Uint8Array.from(raw))}"`);
  return typeof text === 'string' ? text : '';
}
