// Reads the words, strings and statements of STEP text (ISO 10303-21) at one position after another.

/** The bytes end inside a word, a string or a comment. */
export class EndsEarly extends Error {}
export class BadSyntax extends Error {}

const BOM = '\xef\xbb\xbf';

/** Latin-1 keeps one character for each byte: the grammar is ASCII, and other bytes occur only inside strings. */
export class StepScanner {
  readonly hasBom: boolean;
  /** The next byte. */
  protected at = 0;
  readonly #text: string;

  constructor(bytes: Uint8Array) {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.hasBom = this.#text.startsWith(BOM);
  }

  /** Consumes a byte order mark and ISO-10303-21; false when the text does not begin so. */
  protected start(): boolean {
    if (this.hasBom) this.at = BOM.length;
    this.skipBlanks();
    if (!/^ISO-10303-21(?![\w-])/i.test(this.#text.slice(this.at, this.at + 13))) return false;
    this.at += 'ISO-10303-21'.length;
    return true;
  }

  protected skipBlanks(): void {
    for (;;) {
      while (/\s/.test(this.#text.charAt(this.at))) this.at++;
      if (!this.#text.startsWith('/*', this.at)) return;
      const end = this.#text.indexOf('*/', this.at + 2);
      if (end < 0) throw new EndsEarly();
      this.at = end + 2;
    }
  }

  /** The next significant character; it is not consumed. */
  protected peek(): string {
    this.skipBlanks();
    if (this.at >= this.#text.length) throw new EndsEarly();
    return this.#text.charAt(this.at);
  }

  protected take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  protected expect(character: string): void {
    if (!this.take(character)) throw new BadSyntax();
  }

  protected keyword(): string {
    this.peek();
    const start = this.at;
    while (/[\w!-]/.test(this.#text.charAt(this.at))) this.at++;
    if (this.at >= this.#text.length) throw new EndsEarly();
    if (this.at === start) throw new BadSyntax();
    return this.#text.slice(start, this.at).toUpperCase();
  }

  protected string(): string {
    const start = ++this.at;
    for (;;) {
      const character = this.#text.charAt(this.at);
      if (character === '') throw new EndsEarly();
      // \S\x is one unit for every x: real files have \S\' inside a string.
      if (character === '\\' && /^\\S\\./s.test(this.#text.slice(this.at, this.at + 4))) this.at += 4;
      else if (character !== "'") this.at++;
      else if (this.#text.charAt(this.at + 1) === "'") this.at += 2;
      else return this.#text.slice(start, this.at++).replaceAll("''", "'");
    }
  }

  protected skipStatement(): void {
    for (;;) {
      const character = this.peek();
      if (character === "'") this.string();
      else this.at++;
      if (character === ';') return;
    }
  }
}
