/**
 * Bits of a FLAC stream, most significant first.
 * Invariant: reading past the end gives zero bits and never runs on; `overrun` tells afterwards that it happened.
 */

/** Reads bit fields, unary numbers and Rice-coded runs. */
export class BitReader {
  /** Position of the next bit, counted from the start of the data. */
  position: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  /** @param bytes the whole file; @param start first byte to read */
  constructor(bytes: Uint8Array, start: number) {
    // The windows below load four bytes at a time: zeros after the end keep those loads in bounds.
    this.#bytes = new Uint8Array(bytes.length + 8);
    this.#bytes.set(bytes);
    this.position = start * 8;
    this.#end = bytes.length * 8;
  }

  /** Whether more bits were read than there are. */
  get overrun(): boolean {
    return this.position > this.#end;
  }

  /** The next `count` bits as an unsigned number, 0 <= count <= 32. */
  read(count: number): number {
    if (count > 24) return this.read(count - 16) * 65536 + this.read(16);
    if (count === 0) return 0;
    const value = this.#window() >>> (32 - count);
    this.position += count;
    return value;
  }

  /** The next `count` bits as a number in two's complement, 0 <= count <= 32. */
  readSigned(count: number): number {
    if (count === 0) return 0;
    return (this.read(count) << (32 - count)) >> (32 - count);
  }

  /** Number of zero bits before the next one bit, which is consumed too. */
  readUnary(): number {
    let zeros = 0;
    while (this.position < this.#end) {
      // Only the upper 25 bits of a window are sure to be there, whatever the position within a byte.
      const run = Math.clz32(this.#window());
      if (run < 25) {
        this.position += run + 1;
        return zeros + run;
      }
      zeros += 25;
      this.position += 25;
    }
    this.position = this.#end + 1;
    return zeros;
  }

  /** Fills `target[from .. to)` with Rice-coded numbers of the given parameter (0 to 30). */
  readRice(target: Int32Array, from: number, to: number, parameter: number): void {
    for (let index = from; index < to; index++) {
      const window = this.#window();
      const quotient = Math.clz32(window);
      let folded: number;
      if (quotient + 1 + parameter <= 25) {
        folded = (quotient << parameter) | (((window << (quotient + 1)) >>> 1) >>> (31 - parameter));
        this.position += quotient + 1 + parameter;
      } else {
        const unary = this.readUnary();
        folded = (unary << parameter) | this.read(parameter);
        if (this.position > this.#end) return;
      }
      target[index] = (folded >>> 1) ^ -(folded & 1);
    }
  }

  /** Skips to the next whole byte. */
  align(): void {
    this.position = (this.position + 7) & ~7;
  }

  #window(): number {
    const bytes = this.#bytes;
    const byte = this.position >>> 3;
    return ((bytes[byte] << 24) | (bytes[byte + 1] << 16) | (bytes[byte + 2] << 8) | bytes[byte + 3]) << (this.position & 7);
  }
}
