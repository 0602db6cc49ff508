// Reads a STEP physical file (ISO 10303-21) chunk by chunk and reports the instances that look like an IfcRoot.

/** An instance whose first attribute is a string of 22 bytes and whose second is a reference or `$`. */
export interface RootedInstance {
  /** The number after `#`. */
  readonly id: number;
  /** Upper case. */
  readonly type: string;
  /** The first attribute as in the file, one character for each byte. */
  readonly globalId: string;
}

const GLOBAL_ID_LENGTH = 22;
const LONGEST_WORD = 64;

enum State {
  /** Between statements. */
  Start,
  /** In a statement that is not an instance: `HEADER`, `END-ISO-10303-21`. */
  Word,
  Id,
  Type,
  BeforeFirst,
  AfterFirst,
  BeforeSecond,
  /** Up to the semicolon. */
  Rest,
  Comment,
  CommentStar,
  String,
  /** After a quote in a string: the end of the string, or the first half of `''`. */
  StringQuote,
  StringBackslash,
  /** `\S`. */
  StringS,
  /** `\S\`: the next byte belongs to it, even a quote. */
  StringPage,
}

const byte = (character: string): number => character.charCodeAt(0);
const QUOTE = byte("'");
const BACKSLASH = byte('\\');
const SLASH = byte('/');
const STAR = byte('*');
const SEMICOLON = byte(';');
const HASH = byte('#');
const DOLLAR = byte('$');
const COMMA = byte(',');
const EQUALS = byte('=');
const OPEN = byte('(');
const UPPER_S = byte('S');
const BLANK = byte(' ');
const LAST_PRINTABLE = byte('~');
const ZERO = byte('0');
const NINE = byte('9');

/**
 * Call `write` for every chunk, then read `firstWord` and `lastWord`. Keeps only the beginning of one instance, for files
 * of any size. Handles strings (`''`, `\\`, `\S\x`), comments and line ends anywhere.
 */
export class StepScanner {
  /** The first statement, `ISO-10303-21` in a STEP file; null until one has been read. */
  firstWord: string | null = null;
  /** The last statement that is not an instance, `END-ISO-10303-21` in a complete file. */
  lastWord: string | null = null;

  #state = State.Start;
  /** The state to return to after a comment or a string. */
  #outer = State.Start;
  #slash = false;
  #capturing = false;
  #id = 0;
  readonly #word = Buffer.alloc(LONGEST_WORD);
  #wordLength = 0;
  readonly #first = Buffer.alloc(GLOBAL_ID_LENGTH);
  #firstLength = 0;

  constructor(private readonly onRooted: (instance: RootedInstance) => void) {}

  write(chunk: Uint8Array): void {
    for (const character of chunk) {
      // A byte may be needed by two states: the one after a string's end, and the one after a backslash that began nothing.
      while (!this.#take(character));
    }
  }

  /** False: the state has changed and needs the same byte again. */
  #take(character: number): boolean {
    switch (this.#state) {
      case State.Comment:
        if (character === STAR) this.#state = State.CommentStar;
        return true;
      case State.CommentStar:
        if (character === SLASH) this.#state = this.#outer;
        else if (character !== STAR) this.#state = State.Comment;
        return true;
      case State.String:
      case State.StringQuote:
      case State.StringBackslash:
      case State.StringS:
      case State.StringPage:
        return this.#takeInString(character);
      default:
        return this.#takeOutside(character);
    }
  }

  #takeInString(character: number): boolean {
    switch (this.#state) {
      case State.StringQuote:
        if (character !== QUOTE) {
          this.#state = this.#outer;
          return false;
        }
        this.#capture(character);
        break;
      case State.StringBackslash:
        if (character === UPPER_S) {
          this.#capture(character);
          this.#state = State.StringS;
          return true;
        }
        this.#state = State.String;
        if (character !== BACKSLASH) return false;
        this.#capture(character);
        return true;
      case State.StringS:
        this.#state = State.String;
        if (character !== BACKSLASH) return false;
        this.#capture(character);
        this.#state = State.StringPage;
        return true;
      case State.StringPage:
        this.#capture(character);
        break;
      default:
        if (character === QUOTE) {
          this.#state = State.StringQuote;
          return true;
        }
        // Line ends in a string are not part of it (ISO 10303-21, 5.2).
        if (character >= BLANK) this.#capture(character);
        if (character === BACKSLASH) this.#state = State.StringBackslash;
        return true;
    }
    this.#state = State.String;
    return true;
  }

  #takeOutside(character: number): boolean {
    if (character === SLASH) {
      this.#slash = true;
      return true;
    }
    if (this.#slash) {
      this.#slash = false;
      if (character === STAR) {
        this.#outer = this.#state;
        this.#state = State.Comment;
        return true;
      }
    }
    // Bytes above 0x7e are not allowed outside strings, for example those of a byte order mark.
    if (character <= BLANK || character > LAST_PRINTABLE) return true;
    if (character === SEMICOLON) {
      this.#endStatement();
      return true;
    }
    if (character === QUOTE) {
      this.#startString();
      return true;
    }
    return this.#takeToken(character);
  }

  #takeToken(character: number): boolean {
    switch (this.#state) {
      case State.Start:
        this.#wordLength = 0;
        this.#id = 0;
        this.#state = character === HASH ? State.Id : State.Word;
        return character === HASH;
      case State.Word:
        if (character === OPEN) this.#state = State.Rest;
        else this.#addToWord(character);
        return true;
      case State.Id:
        if (character === EQUALS) this.#state = State.Type;
        else if (character >= ZERO && character <= NINE) this.#id = this.#id * 10 + character - ZERO;
        else this.#state = State.Rest;
        return true;
      case State.Type:
        if (character !== OPEN) this.#addToWord(character);
        // `#1=(A()B());` has several types at once and is never a rooted object.
        else this.#state = this.#wordLength === 0 ? State.Rest : State.BeforeFirst;
        return true;
      case State.BeforeFirst:
        this.#state = State.Rest;
        return true;
      case State.AfterFirst:
        this.#state = character === COMMA ? State.BeforeSecond : State.Rest;
        return true;
      case State.BeforeSecond:
        this.#state = State.Rest;
        if ((character === HASH || character === DOLLAR) && this.#firstLength === GLOBAL_ID_LENGTH)
          this.#report();
        return true;
      default:
        return true;
    }
  }

  #startString(): void {
    this.#capturing = this.#state === State.BeforeFirst;
    if (this.#capturing) this.#firstLength = 0;
    this.#outer = this.#capturing ? State.AfterFirst : State.Rest;
    this.#state = State.String;
  }

  #endStatement(): void {
    if (this.#wordLength > 0 && this.#id === 0) {
      this.lastWord = this.#readWord();
      this.firstWord ??= this.lastWord;
    }
    this.#wordLength = 0;
    this.#state = State.Start;
  }

  #report(): void {
    this.onRooted({ id: this.#id, type: this.#readWord(), globalId: this.#first.toString('latin1') });
  }

  #readWord(): string {
    return this.#word.toString('latin1', 0, this.#wordLength).toUpperCase();
  }

  #addToWord(character: number): void {
    if (this.#wordLength < LONGEST_WORD) this.#word[this.#wordLength++] = character;
  }

  #capture(character: number): void {
    if (!this.#capturing) return;
    if (this.#firstLength < GLOBAL_ID_LENGTH) this.#first[this.#firstLength] = character;
    this.#firstLength += 1;
  }
}
