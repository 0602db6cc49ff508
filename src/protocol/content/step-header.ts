// Reads the header section of a STEP file (ISO 10303-21), also of irregular files. Does not read the data section.
import { BadSyntax, EndsEarly, StepScanner } from './step-scanner.js';

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

/**
 * Reads up to the first ENDSEC or DATA: a FILE_SCHEMA in the data section, in a string or in a comment does not count
 * (PROTOCOL 2). Skips a UTF-8 byte order mark, and white space and comments anywhere. Accepts keywords in any case and
 * any line ends.
 */
export function readStepHeader(head: Uint8Array): StepHeader {
  const scanner = new HeaderScanner(head);
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

/** Reads the statements of the header. */
class HeaderScanner extends StepScanner {
  #schemas: string[] | null = null;
  #repeated = false;
  #headerKeyword = false;
  #started = false;

  header(): StepHeader {
    if (!this.start()) return { kind: 'not-step' };
    this.#started = true;
    this.expect(';');
    for (;;) {
      const keyword = this.keyword();
      if (keyword === 'ENDSEC' || keyword === 'DATA') return this.#result();
      if (keyword === 'HEADER') {
        this.#headerKeyword = true;
        this.expect(';');
      } else if (keyword === 'FILE_SCHEMA') {
        const entries = this.#schemaList();
        if (entries === null) return { kind: 'damaged', why: 'bad-schema' };
        if (this.#schemas === null) this.#schemas = entries;
        else this.#repeated = true;
      } else {
        this.skipStatement();
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
      bom: this.hasBom,
      headerKeyword: this.#headerKeyword,
    };
  }

  /** The strings of `(( 'A' , 'B' ));`; null when it is anything else. */
  #schemaList(): string[] | null {
    if (!this.take('(') || !this.take('(')) return null;
    const entries: string[] = [];
    if (!this.take(')')) {
      do {
        if (this.peek() !== "'") return null;
        entries.push(this.string());
      } while (this.take(','));
      if (!this.take(')')) return null;
    }
    return this.take(')') && this.take(';') ? entries : null;
  }
}
