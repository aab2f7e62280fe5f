/**
 * Threefry for four rows at once, a row on each lane: the definition of `threefry.ts`, the key baked.
 *
 * The block of counter i is 32 bytes: the first words of the four rows, then the second words. So the words of row `lane` lie 16 bytes apart.
 */
import { type FunctionBuilder, i32, i32x4, type ModuleBuilder, v128 } from '@bitvox/wasm';
import type { TernaryPlan } from '../spec.ts';
import { THREEFRY_PARITY, THREEFRY_ROTATIONS, THREEFRY_ROUNDS } from '../threefry.ts';

/** Bytes of a counter's words for four rows. */
export const BLOCK_BYTES = 32;
/** Bytes between two words of a row. */
export const WORD_STRIDE = 16;

export type ThreefryRows = FunctionBuilder<{ readonly row: 'i32'; readonly counter: 'i32'; readonly end: 'i32'; readonly to: 'i32' }, 'void'>;

/** Declares `threefryRows(row, counter, end, to)`: the blocks of counters `counter` to `end - 1`, at least one, for rows `row` to `row + 3`. */
export function emitThreefryRows(module: ModuleBuilder, { key }: TernaryPlan): ThreefryRows {
  const f = module.function('threefryRows', { row: 'i32', counter: 'i32', end: 'i32', to: 'i32' }, { exported: false });
  const { row, counter, end, to } = f.params;
  const schedule = [key[0] | 0, key[1] | 0, THREEFRY_PARITY ^ key[0] ^ key[1]];
  const high = f.let(i32x4.add(i32x4.splat(row), i32x4.const([0, 1, 2, 3].map((lane) => (lane + schedule[0]) | 0))));
  const [first, second] = f.locals('v128', 2);
  f.doWhile(
    () => {
      f.set(first, high);
      f.set(second, i32x4.splat(i32.add(counter, schedule[1])));
      for (let round = 0; round < THREEFRY_ROUNDS; round++) {
        const rotation = THREEFRY_ROTATIONS[round % 8];
        f.set(first, i32x4.add(first, second));
        f.set(second, v128.xor(v128.or(i32x4.shl(second, rotation), i32x4.shrU(second, 32 - rotation)), first));
        if (round % 4 === 3) {
          const injection = (round + 1) / 4;
          f.set(first, i32x4.add(first, i32x4.constSplat(schedule[injection % 3])));
          f.set(second, i32x4.add(second, i32x4.constSplat((schedule[(injection + 1) % 3] + injection) | 0)));
        }
      }
      f.do(v128.store(to, first));
      f.do(v128.store(to, second, WORD_STRIDE));
      f.set(to, i32.add(to, BLOCK_BYTES));
      f.set(counter, i32.add(counter, 1));
    },
    () => i32.ltU(counter, end),
  );
  return f;
}
