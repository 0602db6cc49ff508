// A type for secrets: a secret does not print itself, and every secret value can be removed from other text.

const SHOWN = '[secret]';

const known = new Set<string>();

/** What is removed, the longest first: a secret that begins with another one would otherwise keep its rest. Null until it is needed. */
let forms: readonly string[] | null = null;

/** Has `redact` remove `value` from now on: for a secret that is part of a text that is not one itself. */
export function registerSecret(value: string): void {
  // A very short value would also remove ordinary words from log lines; a real secret is never that short.
  if (value.length < 6 || known.has(value)) return;
  known.add(value);
  forms = null;
}

/** Forgets every secret: the tests of one process begin with none, so that the token of one is no word of another. */
export function forgetSecrets(): void {
  known.clear();
  forms = null;
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
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN;
  }
}

/** `text` with every secret that this process knows replaced by `[secret]`: raw, URL-encoded, and encoded as in forms. */
export function redact(text: string): string {
  forms ??= [...known].flatMap(formsOf).sort((one, other) => other.length - one.length);
  // What is redacted already is cut out first, so that no secret is found inside it.
  return [SHOWN, ...forms]
    .reduce((parts, form) => parts.flatMap((part) => part.split(form)), [text])
    .join(SHOWN);
}

/** As it is, in an address, and in a form, which encodes more. A server may issue half of a character, which has no encoding. */
function formsOf(secret: string): string[] {
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  return [...new Set([secret, encodeURIComponent(secret.toWellFormed()), inForm])];
}
