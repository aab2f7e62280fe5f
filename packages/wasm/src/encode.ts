/**
 * Byte encoding of the WebAssembly binary format: LEB128 numbers, vectors, names.
 * Invariant: `Code` is a tree of bytes; it is flattened exactly once, when a function body is written.
 */

/** A tree of bytes. Expressions share subtrees freely because nothing ever mutates one. */
export type Code = ReadonlyArray<number | Code>;

/** Unsigned LEB128 of a 32-bit value. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit value. */
export function signed(value: number): number[] {
  return signed64(BigInt(value | 0));
}

/** Signed LEB128 of a 64-bit value. */
export function signed64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

const text = new TextEncoder();

/** A length-prefixed UTF-8 name. */
export function name(value: string): number[] {
  const bytes = text.encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** A section or any other length-prefixed run of bytes. */
export function sized(bytes: readonly number[]): number[] {
  const out = unsigned(bytes.length);
  for (const byte of bytes) out.push(byte);
  return out;
}

/** Appends the bytes of a tree to `out`, depth first. */
export function flatten(code: Code, out: number[]): void {
  for (const part of code) {
    if (typeof part === 'number') out.push(part);
    else flatten(part, out);
  }
}
