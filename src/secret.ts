// A type for secrets: a secret does not print itself, and every secret value can be removed from other text.

const known = new Set<string>();
/** Longest first: a secret that begins with another one would otherwise keep its rest. Null until it is needed. */
let longestFirst: readonly string[] | null = null;

/** Has `redact` remove `value` from now on: for a secret that is part of a text that is not one itself. */
export function registerSecret(value: string): void {
  // A very short value would also remove ordinary words from log lines; a real secret is never that short.
  if (value.length < 6 || known.has(value)) return;
  known.add(value);
  longestFirst = null;
}

/** A token, client secret or authorization code. Text, JSON and `inspect` show `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    registerSecret(value);
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

/** `text` with every secret that this process knows replaced by `[secret]`, raw and URL-encoded. */
export function redact(text: string): string {
  let clean = text;
  longestFirst ??= [...known].sort((one, other) => other.length - one.length);
  for (const value of longestFirst) {
    // A server may issue text with half of a character, which has no URL-encoding.
    const encoded = encodeURIComponent(value.toWellFormed());
    clean = clean.replaceAll(value, '[secret]').replaceAll(encoded, '[secret]');
  }
  return clean;
}
