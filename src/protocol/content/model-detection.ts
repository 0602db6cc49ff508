// Finds out what a model is while its bytes stream by: mostly from the first of them, and from more where those say too little.

import { kindOf } from './content-kind.js';
import { JsonScan } from './json-scan.js';
import {
  detectModel,
  HEAD_BYTES,
  isSettled,
  type ModelType,
  modelOfJson,
  TAIL_BYTES,
  withoutZeros,
} from './model-type.js';
import { readStepHeader } from './step-header.js';

/** A STEP header longer than this is not read to its end. */
const LONGEST_HEADER = 32 * 1024 * 1024;

/** Fed with a model from its start, piece by piece, until it needs no more. */
export class ModelDetection {
  /** The start of the model: 1 MiB, and more only of a long STEP header. */
  #head: Uint8Array = new Uint8Array(0);
  #gathered: Uint8Array[] = [];
  #bytes = 0;
  /** Bytes at which the head is looked at. */
  #lookAt = HEAD_BYTES;
  /** Of a JSON document whose type comes late. */
  #json: JsonScan | null = null;
  #isSettled = false;

  /** False once no more bytes are needed. */
  get wantsMore(): boolean {
    return !this.#isSettled;
  }

  /** Takes the next piece; it is kept only as long as it is needed. */
  write(piece: Uint8Array): void {
    if (this.#isSettled) return;
    if (this.#json !== null) {
      this.#json.write(piece);
      this.#isSettled = isSettled(this.#json);
      return;
    }
    this.#gathered.push(piece);
    this.#bytes += piece.byteLength;
    if (this.#bytes >= this.#lookAt) this.#look();
  }

  /**
   * The type of the model, from the bytes so far.
   *
   * @param tail the last bytes of the model, about TAIL_BYTES; null when they are not available (a stream)
   * @param isWhole the bytes so far are the whole model
   */
  end(tail: Uint8Array | null, isWhole: boolean): ModelType {
    if (this.#json !== null) {
      if (isWhole) this.#json.end();
      return modelOfJson(this.#json);
    }
    if (!this.#isSettled) this.#head = Buffer.concat(this.#gathered);
    return detectModel(this.#head, tail ?? (isWhole ? withoutZeros(this.#head).subarray(-TAIL_BYTES) : null));
  }

  #look(): void {
    this.#head = Buffer.concat(this.#gathered);
    const header = readStepHeader(this.#head);
    if (header.kind === 'damaged' && header.why === 'ends-early' && this.#bytes < LONGEST_HEADER) {
      this.#lookAt = this.#bytes * 2;
      return;
    }
    if (kindOf(this.#head) === 'json') {
      this.#json = new JsonScan();
      this.#json.write(this.#head);
      this.#isSettled = isSettled(this.#json);
    } else this.#isSettled = true;
    this.#gathered = [];
  }
}
