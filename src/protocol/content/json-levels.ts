// The open objects and arrays of a JSON document, one bit each.

/** Deeper than this (levels) is not checked: the bits of the levels take 1 MiB then. */
export const DEEPEST = 8 * 1024 * 1024;

export class JsonLevels {
  /** 1 for an object, 0 for an array. */
  #bits = new Uint8Array(64);
  #depth = 0;

  get depth(): number {
    return this.#depth;
  }

  /** True when the innermost open level is an object. */
  get inObject(): boolean {
    const level = this.#depth - 1;
    return ((this.#bits[level >> 3] ?? 0) & (1 << (level & 7))) !== 0;
  }

  /** False, with nothing changed, when it would be deeper than `DEEPEST`. */
  open(isObject: boolean): boolean {
    if (this.#depth === DEEPEST) return false;
    const index = this.#depth >> 3;
    if (index === this.#bits.length) {
      const longer = new Uint8Array(this.#bits.length * 2);
      longer.set(this.#bits);
      this.#bits = longer;
    }
    const bit = 1 << (this.#depth & 7);
    const bits = this.#bits[index] ?? 0;
    this.#bits[index] = isObject ? bits | bit : bits & ~bit;
    this.#depth += 1;
    return true;
  }

  /** False, with nothing changed, when the innermost open level is of the other kind, or none is open. */
  close(isObject: boolean): boolean {
    if (this.#depth === 0 || this.inObject !== isObject) return false;
    this.#depth -= 1;
    return true;
  }
}
