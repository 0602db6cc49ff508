// Decodes text that arrives in pieces. What says that it is UTF-8 and is not, is read as Windows-1252, as tools in fact write it.

/** The most bytes of an UTF-8 character that may be at the end of a piece without its last byte. */
const MOST_PENDING = 3;

export class StreamDecoder {
  #decoder: InstanceType<typeof TextDecoder>;
  #pending: Uint8Array = new Uint8Array(0);
  #isReplaced = false;

  /** A byte order mark in UTF-8 stays in the text. Throws a RangeError for an unknown encoding. */
  constructor(encoding: string) {
    const decoder = new TextDecoder(encoding);
    this.#decoder =
      decoder.encoding === 'utf-8' ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : decoder;
  }

  /** True when bytes that are no UTF-8 were read as Windows-1252. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  decode(piece: Uint8Array): string {
    if (this.#decoder.encoding !== 'utf-8') return this.#decoder.decode(piece, { stream: true });
    const bytes = Buffer.concat([this.#pending, piece]);
    const whole = bytes.length - unfinished(bytes);
    // A copy: the memory of the piece may be used for the next one.
    this.#pending = Uint8Array.from(bytes.subarray(whole));
    return this.#text(bytes.subarray(0, whole), bytes);
  }

  /** The rest of the text. */
  end(): string {
    if (this.#decoder.encoding !== 'utf-8') return this.#decoder.decode();
    return this.#text(this.#pending, this.#pending);
  }

  /** `complete` as UTF-8; otherwise `all` and what follows as Windows-1252. */
  #text(complete: Uint8Array, all: Uint8Array): string {
    try {
      return this.#decoder.decode(complete);
    } catch {
      this.#decoder = new TextDecoder('windows-1252');
      this.#isReplaced = true;
      return this.#decoder.decode(all);
    }
  }
}

/** How many bytes at the end begin a character that is not complete. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(MOST_PENDING, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}
