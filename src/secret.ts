// A secret is a type: it does not print itself, and every value it has held can be taken out of other text.

const known = new Set<string>();

/** A token, client secret or authorization code. Text, JSON and `inspect` show `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    // Very short values would blank out ordinary words of a log line; a real secret is never that short.
    if (value.length >= 6) known.add(value);
  }

  /** The value itself. Called only in the store, in the request that carries it, and in `token`. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** `text` with every secret this process knows of replaced by `[secret]`, raw and URL-encoded. */
export function redact(text: string): string {
  let clean = text;
  for (const value of known) {
    clean = clean.replaceAll(value, '[secret]').replaceAll(encodeURIComponent(value), '[secret]');
  }
  return clean;
}
