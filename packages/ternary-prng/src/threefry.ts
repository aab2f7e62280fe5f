/**
 * Threefry-2x32 with 13 rounds: a counter-based generator of additions, rotations and exclusive ors only, no multiplication.
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Random123); 13 rounds pass BigCrush.
 *
 * Invariant: a pure function of a 64-bit key and a 64-bit counter, both as two unsigned 32-bit words; for a fixed key it is a
 * bijection of the counter. The published answers of Random123 hold.
 */

/** Rotations of rounds 0 to 7; they repeat. */
export const THREEFRY_ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** The third key word is this exclusive or the other two. */
export const THREEFRY_PARITY = 0x1bd11bda;
/** Rounds that are done. */
export const THREEFRY_ROUNDS = 13;

/**
 * Two words of the key's stream.
 *
 * @param key two unsigned 32-bit words
 * @param high first word of the counter @param low second word of the counter
 * @param words gets the two unsigned 32-bit results
 */
export function threefry(key: readonly [number, number], high: number, low: number, words: Uint32Array): void {
  const schedule = [key[0], key[1], THREEFRY_PARITY ^ key[0] ^ key[1]];
  let first = (high + schedule[0]) | 0;
  let second = (low + schedule[1]) | 0;
  for (let round = 0; round < THREEFRY_ROUNDS; round++) {
    const rotation = THREEFRY_ROTATIONS[round % 8];
    first = (first + second) | 0;
    second = ((second << rotation) | (second >>> (32 - rotation))) ^ first;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      first = (first + schedule[injection % 3]) | 0;
      second = (second + schedule[(injection + 1) % 3] + injection) | 0;
    }
  }
  words[0] = first;
  words[1] = second;
}
