// Reads JSON as a stream, in constant memory: checks that it parses, and collects its outermost keys.

import { JSONParser, TokenType } from '@streamparser/json';

/** Deeper nesting than this is treated as an attack: the work of the parser grows with the depth. */
const MAX_DEPTH = 512;

/** A JSON document that arrives in pieces. Only the values that show a model's type are kept. */
export class JsonScan {
  /** The member names of the outermost object that were read so far. */
  readonly keys = new Set<string>();
  /** The string values that were read so far at `type`, `schemaIdentifier`, `asset.version`, and below `header`. */
  readonly strings: ReadonlyArray<readonly [path: string, value: string]>;

  readonly #strings: Array<readonly [path: string, value: string]> = [];
  readonly #parser = new JSONParser({
    paths: ['$.type', '$.schemaIdentifier', '$.asset.version', '$.header.*', '$.header.*.*'],
    keepStack: false,
  });
  #depth = 0;
  #bytes = 0;
  #lastToken = 0;
  #candidate: string | null = null;
  #defect: string | null = null;

  constructor() {
    this.strings = this.#strings;
    this.#parser.onToken = ({ token, value, offset }) => this.#onToken(token, value, offset);
    this.#parser.onValue = ({ value, key, stack }) => {
      if (typeof value !== 'string') return;
      const path = [...stack.slice(1).map((item) => item.key), key].join('.');
      this.#strings.push([path, value]);
    };
  }

  /** The first defect, in words with a byte position; null when there is none. Nothing is read after a defect. */
  get defect(): string | null {
    return this.#defect;
  }

  /** True once the outermost value is complete. */
  get complete(): boolean {
    return this.#parser.isEnded;
  }

  write(piece: Uint8Array): void {
    if (this.#defect !== null) return;
    this.#attempt(() => this.#parser.write(piece));
    this.#bytes += piece.byteLength;
  }

  /** Call this at the end of the document: an unfinished value is a defect too. */
  end(): string | null {
    if (this.#defect === null && !this.#parser.isEnded) {
      this.#attempt(() => this.#parser.end());
      if (this.#defect !== null || !this.#parser.isEnded) {
        this.#defect = `JSON stops in the middle, at byte ${this.#bytes}`;
      }
    }
    return this.#defect;
  }

  #onToken(token: TokenType, value: unknown, offset: number): void {
    this.#lastToken = offset;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      this.#depth++;
      if (this.#depth > MAX_DEPTH) {
        this.#defect ??= `JSON is nested more than ${MAX_DEPTH} levels deep at byte ${offset}`;
        throw new Error(this.#defect);
      }
    } else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      this.#depth--;
    } else if (this.#depth === 1 && token === TokenType.COLON && this.#candidate !== null) {
      this.keys.add(this.#candidate);
    }
    this.#candidate = token === TokenType.STRING && typeof value === 'string' ? value : null;
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#defect ??= `JSON does not parse at byte ${positionIn(error) ?? this.#lastToken}`;
    }
  }
}

/** The tokenizer puts the byte position into its message; the token parser does not. */
function positionIn(error: unknown): number | null {
  const match = error instanceof Error ? /absolute position "(\d+)"/.exec(error.message) : null;
  return match === null ? null : Number(match[1]);
}
