/**
 * Steps 4 to 7 of `frame.ts` as WebAssembly: mel sums, logarithm, curve, output.
 */
import { type Expr, type FunctionBuilder, i32, i64, type ModuleBuilder, select } from '@bitvox/wasm';

/** Addresses in bytes of the tables and buffers of these steps. `melStarts` are byte offsets in `power`. */
export interface LevelLayout {
  readonly bands: number;
  readonly power: number;
  readonly melStarts: number;
  readonly melCounts: number;
  readonly melWeights: number;
  readonly log2: number;
  readonly curve: number;
  readonly levels: number;
  readonly output: number;
  readonly matrix: number;
  readonly offsets: number;
  /** Of kind `mfcc` only. */
  readonly coefficients?: number;
  readonly matrixShift?: number;
}

function clipped(f: FunctionBuilder, value: Expr<'i32'>, low: number, high: number): Expr<'i32'> {
  const x = f.let(value);
  f.set(x, select(i32.ltS(x, low), i32.const(low), x));
  return select(i32.gtS(x, high), i32.const(high), x);
}

/** table[index] + ((table[index + 1] - table[index]) part + half) >> bits, `at` = address of table[index]. */
function interpolated(low: Expr<'i32'>, high: Expr<'i32'>, part: Expr<'i32'>, bits: number): Expr<'i32'> {
  return i32.add(low, i32.shrS(i32.add(i32.mul(i32.sub(high, low), part), 1 << (bits - 1)), bits));
}

/** `level(energy, exponent)`: steps 5 and 6, Q7. */
function levelFunction(module: ModuleBuilder, layout: LevelLayout) {
  const f = module.function('level', { energy: 'i64', exponent: 'i32' }, { result: 'i32', exported: false });
  const builder = f as unknown as FunctionBuilder;
  const { energy, exponent } = f.params;
  const t = f.local('i32');
  const at = f.local('i32');
  f.if(i64.gtU(energy, 0n), () => {
    const zeros = f.let(i64.clz(energy));
    const fraction = f.let(i32.and(i32.wrapI64(i64.shrU(i64.shl(energy, zeros), 47n)), 0xffff));
    f.set(at, i32.shl(i32.shrU(fraction, 10), 1));
    const whole = i32.shl(i32.add(i32.sub(63, i32.wrapI64(zeros)), exponent), 15);
    const between = interpolated(i32.load16U(at, layout.log2), i32.load16U(at, layout.log2 + 2), i32.and(fraction, 1023), 10);
    f.set(t, clipped(builder, i32.add(whole, between), 0, 2 ** 21 - 1));
  });
  f.set(at, i32.shl(i32.shrU(t, 13), 1));
  f.return(interpolated(i32.load16S(at, layout.curve), i32.load16S(at, layout.curve + 2), i32.and(t, 8191), 13));
  return f;
}

function cosineSums(f: FunctionBuilder, layout: LevelLayout, coefficients: number, shift: number): void {
  const k = f.local('i32');
  const band = f.local('i32');
  const row = f.let(i32.const(layout.matrix));
  const sum = f.local('i32');
  f.doWhile(
    () => {
      f.set(sum, i32.load(i32.shl(k, 2), layout.offsets));
      f.set(band, 0);
      f.doWhile(
        () => {
          f.set(sum, i32.add(sum, i32.mul(i32.load16S(row), i32.load16S(band, layout.levels))));
          f.set(row, i32.add(row, 2));
          f.set(band, i32.add(band, 2));
        },
        () => i32.ltU(band, 2 * layout.bands),
      );
      f.do(i32.store8(k, clipped(f, i32.shrS(sum, shift), 0, 255), layout.output));
      f.set(k, i32.add(k, 1));
    },
    () => i32.ltU(k, coefficients),
  );
}

/** Declares `levels(exponent)`: from the powers to the finished frame. */
export function levelFunctions(module: ModuleBuilder, layout: LevelLayout) {
  const level = levelFunction(module, layout);
  const f = module.function('levels', { exponent: 'i32' }, { exported: false });
  const builder = f as unknown as FunctionBuilder;
  const isCepstral = layout.coefficients !== undefined;
  const exponent = f.let(i32.sub(i32.shl(f.params.exponent, 1), 15));
  const band = f.local('i32');
  const weight = f.let(i32.const(layout.melWeights));
  const bin = f.local('i32');
  const end = f.local('i32');
  const energy = f.local('i64');
  f.doWhile(
    () => {
      f.set(energy, i64.const(0n));
      f.set(bin, i32.load(i32.shl(band, 2), layout.melStarts));
      f.set(end, i32.add(weight, i32.shl(i32.load(i32.shl(band, 2), layout.melCounts), 1)));
      f.doWhile(
        () => {
          f.set(energy, i64.add(energy, i64.mul(i64.extendI32U(i32.load16U(weight)), i64.extendI32U(i32.load(bin, layout.power)))));
          f.set(bin, i32.add(bin, 4));
          f.set(weight, i32.add(weight, 2));
        },
        () => i32.ltU(weight, end),
      );
      const value = f.let(module.call(level, { energy, exponent }));
      if (isCepstral) f.do(i32.store16(i32.shl(band, 1), value, layout.levels));
      else f.do(i32.store8(band, clipped(builder, i32.shrS(i32.add(value, 64), 7), 0, 255), layout.output));
      f.set(band, i32.add(band, 1));
    },
    () => i32.ltU(band, layout.bands),
  );
  if (isCepstral) cosineSums(builder, layout, layout.coefficients, (layout.matrixShift ?? 0) + 7);
  return f;
}
