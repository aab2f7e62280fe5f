/**
 * The inner loop of depthwise convolutions: `output[t] = sum over taps of weight[tap] * run[tap][t]`, with time on the lanes.
 *
 * Invariant: up to ten taps at a time, their weights in registers, one vector of outputs a turn; the sum runs over the taps in the order given,
 * whatever the grouping, so it has one set of bits.
 */
import { type Expr, f32x4, type FunctionBuilder, i32, type Signature, v128 } from '@bitvox/wasm';

/** One tap: where its run begins and where its weight lies, both in bytes. */
export interface Tap {
  readonly run: number;
  readonly weight: number;
}

const GROUP = 10;

/** What one row of outputs is computed from. */
export interface TapRow {
  readonly taps: readonly Tap[];
  readonly weights: Expr<'i32'>;
  /** Address to which the offsets of the runs are added. */
  readonly runs: Expr<'i32'>;
  readonly output: Expr<'i32'>;
  readonly length: number;
}

/** Emits the computation of one row of `length` outputs. */
export function emitTapRow(f: FunctionBuilder<Signature, 'void'>, row: TapRow): void {
  const groups = Math.ceil(row.taps.length / GROUP);
  const [runs, output] = [f.let(row.runs), f.let(row.output)];
  const registers = f.locals('v128', Math.min(GROUP, row.taps.length));
  const sum = f.local('v128');
  const [source, target] = [f.local('i32'), f.local('i32')];
  const stop = f.let(i32.add(output, (row.length >> 2) << 4));
  for (let group = 0; group < groups; group++) {
    const from = Math.floor((group * row.taps.length) / groups);
    const taps = row.taps.slice(from, Math.floor(((group + 1) * row.taps.length) / groups));
    taps.forEach((tap, index) => f.set(registers[index]!, v128.load32Splat(row.weights, tap.weight)));
    const turn = (start: () => Expr<'v128'>): Expr<'v128'> => {
      const term = (tap: Tap, index: number): Expr<'v128'> => f32x4.mul(registers[index]!, v128.load(source, tap.run));
      taps.forEach((tap, index) => f.set(sum, index === 0 && group === 0 ? term(tap, 0) : f32x4.add(index === 0 ? start() : sum, term(tap, index))));
      return sum;
    };
    f.set(source, runs);
    f.set(target, output);
    if (row.length >= 4) {
      f.doWhile(
        () => {
          f.do(
            v128.store(
              target,
              turn(() => v128.load(target)),
            ),
          );
          f.set(source, i32.add(source, 16));
          f.set(target, i32.add(target, 16));
        },
        () => i32.ne(target, stop),
      );
    }
    const rest = row.length % 4;
    if (rest > 0)
      emitStore(
        f,
        target,
        turn(() => v128.load(target)),
        0,
        rest,
      );
  }
}

/** Emits the store of the first `count` (1 to 4) lanes of a vector. */
export function emitStore(f: FunctionBuilder<Signature, 'void'>, address: Expr<'i32'>, value: Expr<'v128'>, offset: number, count: number): void {
  if (count === 4) f.do(v128.store(address, value, offset));
  if (count === 2 || count === 3) f.do(v128.store64Lane(address, value, 0, offset));
  if (count === 3) f.do(v128.store32Lane(address, value, 2, offset + 8));
  if (count === 1) f.do(v128.store32Lane(address, value, 0, offset));
}
