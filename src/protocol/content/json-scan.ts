// Reads JSON as it streams by, in flat memory: is it whole, and what do a few members near its top say.
// The parsers of libraries keep each string and each level: a valid document of one huge string would not fit.

import { DEEPEST, JsonLevels } from './json-levels.js';
import { JsonMembers } from './json-members.js';
import { NUMBER_ENDS, type NumberPart, nextPart } from './json-number.js';

/** The byte order mark of UTF-8, which some writers put before the document. */
const BOM = [0xef, 0xbb, 0xbf];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type State =
  | 'start'
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

/** Python and JavaScript write the last three, which JSON does not have. */
const WORDS = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];

/** A JSON document fed piece by piece (RFC 8259). Only the values that tell a model's type are kept. */
export class JsonScan {
  readonly #levels = new JsonLevels();
  readonly #members = new JsonMembers();
  #state: State = 'start';
  #bomBytes = 0;
  #isKey = false;
  #unicodeLeft = 0;
  #number: NumberPart = 'minus';
  #word = '';
  #bytes = 0;
  #defect: string | null = null;
  #unchecked: string | null = null;
  #oddWord: string | null = null;

  /** Names of the members of the outermost object met so far that tell a type of model. */
  get keys(): ReadonlySet<string> {
    return this.#members.keys;
  }

  /** Short string values met so far at `type`, `schemaIdentifier`, `asset.version`, and below `header`. */
  get strings(): ReadonlyArray<readonly [path: string, value: string]> {
    return this.#members.strings;
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
    let at = 0;
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

  /** Takes one byte outside a string; false where it only ended what was before it, and is still to be read. */
  #step(byte: number, position: number): boolean {
    if (this.#state === 'start') return this.#bomStep(byte, position);
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
          this.#state = this.#levels.inObject ? 'key' : 'value';
          return true;
        }
        if (byte === 0x7d) return this.#close(true, position);
        if (byte === 0x5d) return this.#close(false, position);
        return this.#fail(position);
      default:
        return this.#fail(position);
    }
  }

  /** The mark may be cut between two pieces. */
  #bomStep(byte: number, position: number): boolean {
    if (byte === BOM[this.#bomBytes]) {
      this.#bomBytes += 1;
      if (this.#bomBytes === BOM.length) this.#state = 'value';
      return true;
    }
    if (this.#bomBytes > 0) return this.#fail(position - this.#bomBytes);
    this.#state = 'value';
    return false;
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
    if (!this.#levels.open(isObject)) {
      this.#unchecked = `it is nested more than ${DEEPEST} levels deep at byte ${position}`;
      return true;
    }
    this.#state = isObject ? 'first-key' : 'first-item';
    return true;
  }

  #close(isObject: boolean, position: number): boolean {
    if (!this.#levels.close(isObject)) return this.#fail(position);
    this.#members.closed(this.#levels.depth);
    this.#valueEnded();
    return true;
  }

  #valueEnded(): void {
    this.#state = this.#levels.depth === 0 ? 'end' : 'after-value';
  }

  #beginString(isKey: boolean): boolean {
    this.#state = 'string';
    this.#isKey = isKey;
    this.#members.beginString(this.#levels);
    return true;
  }

  /** Reads on in a string; the index of the first byte that is not read. */
  #string(piece: Uint8Array, from: number): number {
    let at = from;
    for (; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (byte === QUOTE) {
        this.#members.keep(piece, from, at);
        this.#stringEnded();
        return at + 1;
      }
      if (byte === BACKSLASH) {
        this.#members.keep(piece, from, at + 1);
        this.#state = 'escape';
        this.#unicodeLeft = 0;
        return at + 1;
      }
      if (byte < 0x20) {
        this.#fail(this.#bytes + at);
        return at;
      }
    }
    this.#members.keep(piece, from, at);
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
    this.#members.keepByte(byte);
    return true;
  }

  #stringEnded(): void {
    const { depth } = this.#levels;
    if (this.#isKey) {
      this.#members.keyEnded(depth);
      this.#state = 'colon';
    } else {
      this.#members.stringEnded(depth);
      this.#valueEnded();
    }
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
