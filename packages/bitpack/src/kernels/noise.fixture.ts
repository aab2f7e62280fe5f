/** What the tests of kernels share: numbers that are the same on every machine, and the two compilers of the engine. */

/** A source of numbers from a seed. */
export interface Noise {
  /** An integer of a range, its ends included. */
  readonly integer: (minimum: number, maximum: number) => number;
  /** The same, every fourth time one of the ends, or 0, 1 or −1 where they lie within. */
  readonly extreme: (minimum: number, maximum: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
}

export function noise(seed: number): Noise {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.imul(state ^ (state >>> 16), 0x7feb352d) >>> 0;
  };
  const integer = (minimum: number, maximum: number): number => minimum + Math.floor((next() / 2 ** 32) * (maximum - minimum + 1));
  const pick = <T>(values: readonly T[]): T => values[integer(0, values.length - 1)]!;
  const extreme = (minimum: number, maximum: number): number =>
    integer(0, 3) > 0
      ? integer(minimum, maximum)
      : pick([minimum, maximum, minimum + 1, maximum - 1, 0, 1, -1].filter((value) => value >= minimum && value <= maximum));
  return { integer, extreme, pick };
}

/** The engine's compilers. Code of equal bytes is compiled once: shared memory makes other bytes for the second. */
export const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'], shared: false },
  { tier: 'optimising', flags: ['--no-liftoff', '--no-wasm-tier-up'], shared: true },
] as const;
