// The chunked transfer coding (RFC 9112 7.1), both ways.

/** Takes the bytes of a body out of its chunks, in whatever pieces they come. */
export class ChunkReader {
  /** True once the last chunk and the empty line behind it have come. */
  ended = false;
  #line = '';
  #left = 0;
  #state: 'size' | 'data' | 'end of data' | 'trailer' = 'size';

  /** The part of the body that `bytes` carries. */
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

/** One chunk; of an empty body the last one. */
export function chunk(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
