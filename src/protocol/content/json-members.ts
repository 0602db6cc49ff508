// The few members near the top of a JSON document that tell the type of a model, picked out while it streams by.
import type { JsonLevels } from './json-levels.js';

/** A longer string is no type of a model (bytes). */
const LONGEST_KEPT = 256;

/** The members whose values tell a model's type stand at most so deep. */
const DEEPEST_KEPT = 3;

/** More strings than this are not kept: a header can have any number of members. */
const MOST_STRINGS = 256;

/** Member names of the outermost object that are looked for. */
const WANTED_KEYS: ReadonlySet<string> = new Set(['header', 'objects', 'data', 'type', 'schemaIdentifier']);

const WANTED_PATHS = /^(?:type|schemaIdentifier|asset\.version|header\.[^.]+(?:\.[^.]+)?)$/;

export class JsonMembers {
  /** Names of `WANTED_KEYS` met so far. */
  readonly keys = new Set<string>();
  /** Short string values met so far at `WANTED_PATHS`. */
  readonly strings: Array<readonly [path: string, value: string]> = [];
  /** Names of the members that are open, as far as they are kept. */
  readonly #path: string[] = [];
  /** The bytes of the string that is being read, with its escapes; null where it is not kept. */
  #kept: number[] | null = null;

  /** A string begins at this depth: the name of a member, or a value. */
  beginString({ depth, inObject }: JsonLevels): void {
    this.#kept = depth > 0 && depth <= DEEPEST_KEPT && inObject ? [] : null;
  }

  /** Takes a part of the string. */
  keep(piece: Uint8Array, from: number, to: number): void {
    if (this.#kept === null) return;
    if (this.#kept.length + to - from > LONGEST_KEPT) this.#kept = null;
    else for (let at = from; at < to; at += 1) this.#kept.push(piece[at] ?? 0);
  }

  /** Takes one byte of an escape. */
  keepByte(byte: number): void {
    this.#kept?.push(byte);
  }

  /** The string was the name of a member. */
  keyEnded(depth: number): void {
    const name = this.#take();
    if (depth > DEEPEST_KEPT) return;
    this.#path.length = depth - 1;
    this.#path.push(name ?? '');
    if (depth === 1 && name !== null && WANTED_KEYS.has(name)) this.keys.add(name);
  }

  /** The string was a value. */
  stringEnded(depth: number): void {
    const text = this.#take();
    if (text === null || this.#path.length !== depth || this.strings.length >= MOST_STRINGS) return;
    const path = this.#path.join('.');
    if (WANTED_PATHS.test(path)) this.strings.push([path, text]);
  }

  /** An object or array ended, and `depth` levels are still open. */
  closed(depth: number): void {
    this.#path.length = Math.min(this.#path.length, depth);
  }

  #take(): string | null {
    const text = this.#kept === null ? null : asText(this.#kept);
    this.#kept = null;
    return text;
  }
}

/** The text of a raw JSON string; its escapes have been checked. */
function asText(raw: readonly number[]): string {
  const text: unknown = JSON.parse(`"${new TextDecoder().decode(Uint8Array.from(raw))}"`);
  return typeof text === 'string' ? text : '';
}
