/**
 * Counter-based random numbers from a seed and a path of names.
 *
 * The i-th number of a stream is `mix(key + i * step)` in 32-bit arithmetic, so any element can be had in any order and on any runtime,
 * and nothing is stored but a key. `key` and the odd `step` are a hash of the seed and the path. As in SplitMix (Steele, Lea, Flood 2014)
 * every stream has a step of its own: with one common step all streams would be shifted copies of one sequence of 2^32 numbers, and
 * a thousand rows of a matrix would already be expected to share runs.
 *
 * Invariant: within 2^32 draws a stream repeats no value (`mix` is a bijection and `step` is odd). Everything here uses only
 * 32-bit integer arithmetic and the exactly rounded operations of IEEE 754, hence the same bits in every engine.
 */
import { TernaryPrngError } from './errors.ts';

const GOLDEN_RATIO = 0x9e3779b9;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * 32-bit bijective hash: xor-shift, multiply, twice (the form of the murmur3 finaliser with the constants that the "hash prospector"
 * search found to have the least avalanche bias, 0.11).
 *
 * @param value any number; its low 32 bits count
 * @returns an unsigned 32-bit integer; `mix(0)` is 0
 */
export function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0xd35a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * A stream of random numbers named by a seed and a path. Streams with different names are independent;
 * `new Random(seed, 'a', 'b')` and `new Random(seed, 'a').split('b')` are the same stream.
 *
 * @example
 * const random = new Random(42, 'augmentation', epoch);
 * random.below(10);                // next number of the stream
 * random.at(1000);                 // number 1000 of the stream, without the ones before it
 * random.split('clip', 17);        // a stream of its own, whatever was drawn before
 */
export class Random {
  /** Index of the number that {@link next} gives; save and restore it to continue a stream. */
  position = 0;
  #key: number;
  #step: number;

  /**
   * @param seed a safe integer
   * @param path names of the stream: safe integers and strings, in order
   * @throws TernaryPrngError TERNARY_PRNG_SEED
   */
  constructor(seed: number, ...path: (number | string)[]) {
    this.#key = 0x6a09e667;
    this.#step = 0xbb67ae85;
    this.#absorb(seed);
    for (const name of path) this.#absorb(name);
  }

  /** A stream of its own below this one; does not depend on how many numbers were drawn. */
  split(...path: (number | string)[]): Random {
    const child = new Random(0);
    child.#key = this.#key;
    child.#step = this.#step;
    for (const name of path) child.#absorb(name);
    return child;
  }

  /** Number `index` of the stream, an unsigned 32-bit integer; the index counts modulo 2^32. */
  at(index: number): number {
    return mix(this.#key + Math.imul(index, this.#step | 1));
  }

  /** The next unsigned 32-bit integer. */
  next(): number {
    return this.at(this.position++);
  }

  /** A multiple of 2^-32 in [0, 1). One draw. */
  uniform(): number {
    return this.next() / TWO_TO_32;
  }

  /**
   * An unbiased integer in [0, bound). Usually one draw; values beyond the last whole multiple of `bound` are drawn again.
   * @throws TernaryPrngError TERNARY_PRNG_RANGE unless 1 <= bound <= 2^32
   */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_TO_32) throw new TernaryPrngError('TERNARY_PRNG_RANGE', String(bound));
    const limit = TWO_TO_32 - (TWO_TO_32 % bound);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % bound;
  }

  /** A standard normal number by Marsaglia's polar method. The second number of each pair is dropped: `position` stays the whole state. */
  normal(): number {
    for (;;) {
      const x = (2 * this.next() + 1) / TWO_TO_32 - 1;
      const y = (2 * this.next() + 1) / TWO_TO_32 - 1;
      const square = x * x + y * y;
      if (square < 1) return x * Math.sqrt((-2 * naturalLogarithm(square)) / square);
    }
  }

  /** Shuffles in place (Fisher-Yates, from the end) and returns the same array; every order has the same chance. */
  shuffle<Items extends { readonly length: number; [index: number]: unknown }>(items: Items): Items {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const held = items[last];
      items[last] = items[other];
      items[other] = held;
    }
    return items;
  }

  /** Hashes one name into the key; a tag and the length keep 1, '1', ['a', 'b'] and ['ab'] apart. */
  #absorb(name: number | string): void {
    if (typeof name === 'number') {
      if (!Number.isSafeInteger(name)) throw new TernaryPrngError('TERNARY_PRNG_SEED', String(name));
      this.#absorbWord(1);
      this.#absorbWord(name | 0);
      this.#absorbWord(Math.floor(name / TWO_TO_32));
    } else if (typeof name === 'string') {
      this.#absorbWord(2);
      this.#absorbWord(name.length);
      for (let index = 0; index < name.length; index++) this.#absorbWord(name.charCodeAt(index));
    } else {
      throw new TernaryPrngError('TERNARY_PRNG_SEED', typeof name);
    }
  }

  /** For a fixed word this is a bijection of (key, step), so no part of the state is ever lost. */
  #absorbWord(word: number): void {
    this.#key = mix((this.#key ^ word) + GOLDEN_RATIO);
    this.#step = mix(this.#step + this.#key);
  }
}

/** ln(value) for 0 < value <= 1 by range reduction and the series of 2 artanh((m - 1) / (m + 1)); `Math.log` may differ between engines. */
function naturalLogarithm(value: number): number {
  let mantissa = value;
  let halvings = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    halvings++;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let series = 0;
  // |ratio| <= 0.1716, so the term after the eleventh is below 2^-56 of the sum.
  for (let exponent = 21; exponent >= 1; exponent -= 2) series = series * square + 1 / exponent;
  return 2 * ratio * series - halvings * Math.LN2;
}
