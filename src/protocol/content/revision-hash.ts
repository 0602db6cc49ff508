// The hash of a model's content without the time stamp of its export: it tells whether a model that was saved again has changed.
import { createHash } from 'node:crypto';
import { fileNameTime } from './file-name-time.js';
import { HEAD_BYTES } from './model-type.js';

/** SHA-256 of all bytes but those of FILE_NAME's time stamp. */
export class RevisionHash {
  readonly #hash = createHash('sha256');
  /** The start of the file; null when it has been hashed. */
  #head: Uint8Array[] | null = [];
  #headBytes = 0;

  /** The bytes of `piece` must not change later. */
  update(piece: Uint8Array): void {
    if (this.#head === null) {
      this.#hash.update(piece);
      return;
    }
    this.#head.push(piece);
    this.#headBytes += piece.byteLength;
    if (this.#headBytes >= HEAD_BYTES) this.#hashHead(this.#head);
  }

  /** In lower-case hex. Ends the hash. */
  hex(): string {
    if (this.#head !== null) this.#hashHead(this.#head);
    return this.#hash.digest('hex');
  }

  #hashHead(pieces: readonly Uint8Array[]): void {
    this.#head = null;
    const head = Buffer.concat(pieces);
    const time = fileNameTime(head.subarray(0, HEAD_BYTES));
    if (time === null) this.#hash.update(head);
    else this.#hash.update(head.subarray(0, time.start)).update(head.subarray(time.end));
  }
}
