// The chunked transfer coding (RFC 9112 7.1), in both directions.

/** Extracts the bytes of a body from its chunks, which may come in any pieces. */
export class ChunkReader {
  /** True after the last chunk and the empty line that follows it. */
  ended = false;
  #line = '';
  #left = 0;
  #state: 'size' | 'data' | 'end of data' | 'trailer' = 'size';

  /** The part of the body in `bytes`. */
  take(bytes: Buffer): Buffer {
    const body: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#left);
        body.push(piece);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#state = 'end of data';
      } else {
        this.#line += String.fromCharCode(bytes[at] ?? 0);
        at += 1;
        if (this.#line.endsWith('\r\n')) this.#endLine();
      }
    }
    return Buffer.concat(body);
  }

  #endLine(): void {
    const line = this.#line.slice(0, -2);
    this.#line = '';
    if (this.#state === 'end of data') this.#state = 'size';
    else if (this.#state === 'trailer') this.ended = line === '';
    else {
      this.#left = Number.parseInt(line, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}

/** One chunk; for an empty body the last chunk. */
export function chunk(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
