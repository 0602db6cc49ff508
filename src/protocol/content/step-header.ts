// Reads the header section of a STEP file (ISO 10303-21), also of irregular files. Does not read the data section.

/** What the header says, or why it cannot be read. `not-step`: the file does not begin with ISO-10303-21. */
export type StepHeader =
  | {
      kind: 'header';
      /** The entries of the first FILE_SCHEMA, as written; at least one. */
      schemas: string[];
      /** True when FILE_SCHEMA occurs again in the same header. */
      repeated: boolean;
      bom: boolean;
      headerKeyword: boolean;
    }
  | { kind: 'not-step' }
  | { kind: 'damaged'; why: 'no-schema' | 'bad-schema' | 'syntax' | 'ends-early' };

class EndsEarly extends Error {}
class BadSyntax extends Error {}

/**
 * Reads up to the first ENDSEC or DATA: a FILE_SCHEMA in the data section, in a string or in a comment does not count
 * (PROTOCOL 2). Skips a UTF-8 byte order mark, and white space and comments anywhere. Accepts keywords in any case and
 * any line ends.
 */
export function readStepHeader(head: Uint8Array): StepHeader {
  const scanner = new Scanner(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1'));
  try {
    return scanner.header();
  } catch (error) {
    if (error instanceof EndsEarly) return scanner.ended();
    if (error instanceof BadSyntax) return { kind: 'damaged', why: 'syntax' };
    throw error;
  }
}

/** True when the last bytes contain the end of a STEP file, `END-ISO-10303-21`. */
export function hasStepEnd(tail: Uint8Array): boolean {
  const text = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).toString('latin1');
  return /END-ISO-10303-21/i.test(text);
}

const BOM = '\xef\xbb\xbf';

/** Latin-1 keeps one character for each byte: the grammar is ASCII, and other bytes occur only inside strings. */
class Scanner {
  readonly #text: string;
  #at = 0;
  #schemas: string[] | null = null;
  #repeated = false;
  #headerKeyword = false;
  #bom = false;
  #started = false;

  constructor(text: string) {
    this.#text = text;
  }

  header(): StepHeader {
    this.#bom = this.#text.startsWith(BOM);
    if (this.#bom) this.#at = BOM.length;
    this.#skipBlanks();
    if (!/^ISO-10303-21(?![\w-])/i.test(this.#text.slice(this.#at, this.#at + 13)))
      return { kind: 'not-step' };
    this.#started = true;
    this.#at += 'ISO-10303-21'.length;
    this.#expect(';');
    for (;;) {
      const keyword = this.#keyword();
      if (keyword === 'ENDSEC' || keyword === 'DATA') return this.#result();
      if (keyword === 'HEADER') {
        this.#headerKeyword = true;
        this.#expect(';');
      } else if (keyword === 'FILE_SCHEMA') {
        const entries = this.#schemaList();
        if (entries === null) return { kind: 'damaged', why: 'bad-schema' };
        if (this.#schemas === null) this.#schemas = entries;
        else this.#repeated = true;
      } else {
        this.#skipStatement();
      }
    }
  }

  /** Called when the bytes end early: enough when the schema was read before (a long header), otherwise a cut file. */
  ended(): StepHeader {
    if (this.#started && this.#schemas !== null) return this.#result();
    return this.#started ? { kind: 'damaged', why: 'ends-early' } : { kind: 'not-step' };
  }

  #result(): StepHeader {
    if (this.#schemas === null) return { kind: 'damaged', why: 'no-schema' };
    if (this.#schemas.length === 0) return { kind: 'damaged', why: 'bad-schema' };
    return {
      kind: 'header',
      schemas: this.#schemas,
      repeated: this.#repeated,
      bom: this.#bom,
      headerKeyword: this.#headerKeyword,
    };
  }

  #skipBlanks(): void {
    for (;;) {
      while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
      if (!this.#text.startsWith('/*', this.#at)) return;
      const end = this.#text.indexOf('*/', this.#at + 2);
      if (end < 0) throw new EndsEarly();
      this.#at = end + 2;
    }
  }

  /** The next significant character; it is not consumed. */
  #peek(): string {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) throw new EndsEarly();
    return this.#text.charAt(this.#at);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new BadSyntax();
  }

  #keyword(): string {
    this.#peek();
    const start = this.#at;
    while (/[\w!-]/.test(this.#text.charAt(this.#at))) this.#at++;
    if (this.#at >= this.#text.length) throw new EndsEarly();
    if (this.#at === start) throw new BadSyntax();
    return this.#text.slice(start, this.#at).toUpperCase();
  }

  /** The strings of `(( 'A' , 'B' ));`; null when it is anything else. */
  #schemaList(): string[] | null {
    if (!this.#take('(') || !this.#take('(')) return null;
    const entries: string[] = [];
    if (!this.#take(')')) {
      do {
        if (this.#peek() !== "'") return null;
        entries.push(this.#string());
      } while (this.#take(','));
      if (!this.#take(')')) return null;
    }
    return this.#take(')') && this.#take(';') ? entries : null;
  }

  #string(): string {
    const start = ++this.#at;
    for (;;) {
      const character = this.#text.charAt(this.#at);
      if (character === '') throw new EndsEarly();
      // \S\x is one unit for every x: real files have \S\' inside a string.
      if (character === '\\' && /^\\S\\./s.test(this.#text.slice(this.#at, this.#at + 4))) this.#at += 4;
      else if (character !== "'") this.#at++;
      else if (this.#text.charAt(this.#at + 1) === "'") this.#at += 2;
      else return this.#text.slice(start, this.#at++).replaceAll("''", "'");
    }
  }

  #skipStatement(): void {
    for (;;) {
      const character = this.#peek();
      if (character === "'") this.#string();
      else this.#at++;
      if (character === ';') return;
    }
  }
}
