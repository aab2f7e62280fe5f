/**
 * The transform of `transform.ts` as WebAssembly: the same integers, in other places.
 *
 * Real and imaginary parts lie in two planes of 32-bit integers. The first stage reads its input in natural order and writes
 * bit-reversed groups, so nothing is permuted separately. Twiddles lie in the order of use and hold 32768 for cos 0, which makes
 * (x 32768) >> 2 = x << 13, so that j = 0 needs no branch.
 */
import { type Expr, type FunctionBuilder, i32, i32x4, type Local, type ModuleBuilder, v128 } from '@bitvox/wasm';
import { anyLane, transposed } from '../vectors.wasm.ts';

/** Addresses in bytes: the input in natural order, the transform, tables. */
export interface TransformLayout {
  readonly points: number;
  readonly inputReal: number;
  readonly inputImaginary: number;
  readonly real: number;
  readonly imaginary: number;
  /** For every group of the first stage, the byte offset of its outputs in a plane. */
  readonly groups: number;
  readonly twiddles: number;
}

/** The first stage is of radix 2 when log2 of the points is odd. */
export const firstRadix = (points: number): 2 | 4 => ((Math.clz32(points) & 1) === 0 ? 2 : 4);

/** Byte offsets of the first stage's groups: its outputs are consecutive, in bit-reversed order of the inputs. */
export function groupOffsets(points: number, reversal: Uint16Array): Int32Array {
  return Int32Array.from({ length: points / firstRadix(points) }, (_, r) => 4 * reversal[r]);
}

/** Twiddles of the stages after the first, six planes (cos 2j, sin 2j, cos j, sin j, cos 3j, sin 3j) of `span` values for each. */
export function stageTwiddles(points: number, sine: Int16Array): Int32Array {
  const values: number[] = [];
  for (let span: number = firstRadix(points); span < points; span *= 4) {
    const step = sine.length / (4 * span);
    for (const multiple of [2, 1, 3]) {
      const turns = Array.from({ length: span }, (_, j) => multiple * j * step);
      values.push(...turns.map((turn) => (turn === 0 ? 32768 : sine[turn + sine.length / 4])), ...turns.map((turn) => sine[turn]));
    }
  }
  return Int32Array.from(values);
}

/** The instructions of a stage, on one value or on four. */
interface Lanes<T extends 'i32' | 'v128'> {
  readonly bytes: number;
  load(address: Expr<'i32'>, offset: number): Expr<T>;
  store(address: Expr<'i32'>, value: Expr<T>, offset: number): Expr<'void'>;
  add(a: Expr<T>, b: Expr<T>): Expr<T>;
  sub(a: Expr<T>, b: Expr<T>): Expr<T>;
  mul(a: Expr<T>, b: Expr<T>): Expr<T>;
  or(a: Expr<T>, b: Expr<T>): Expr<T>;
  xor(a: Expr<T>, b: Expr<T>): Expr<T>;
  shl(a: Expr<T>, count: Expr<'i32'> | number): Expr<T>;
  shrS(a: Expr<T>, count: Expr<'i32'> | number): Expr<T>;
  splat(a: Expr<'i32'>): Expr<T>;
}

const ONE: Lanes<'i32'> = { ...i32, bytes: 4, splat: (a) => a };
const FOUR: Lanes<'v128'> = { ...i32x4, bytes: 16, load: v128.load, store: v128.store, or: v128.or, xor: v128.xor };

/** The bits that the bit length of a block is found from. */
export const magnitudeOf = (value: Expr<'v128'>): Expr<'v128'> => v128.xor(value, i32x4.shrS(value, 31));

/** Adds the bits of `value` to the magnitudes of the next stage. */
function note<T extends 'i32' | 'v128'>(f: FunctionBuilder, on: Lanes<T>, magnitude: Local<T>, value: Expr<T>): void {
  f.set(magnitude, on.or(magnitude, on.xor(value, on.shrS(value, 31))) as never);
}

/** `radix4(span, twiddles, bits)` joins transforms of `span` bytes of a plane by four; returns the magnitudes of its outputs. */
function radix4<T extends 'i32' | 'v128'>(
  module: ModuleBuilder,
  name: string,
  layout: TransformLayout,
  on: Lanes<T>,
  reduce: (f: FunctionBuilder, value: Expr<T>) => Expr<'i32'>,
) {
  const f = module.function(name, { span: 'i32', twiddles: 'i32', bits: 'i32' }, { result: 'i32', exported: false });
  const { span, twiddles, bits } = f.params;
  const builder = f as unknown as FunctionBuilder;
  const half = f.let(on.splat(i32.shl(1, bits)));
  const shift = f.let(i32.add(bits, 1));
  const magnitude = f.let(on.splat(i32.const(0)));
  const base = f.local('i32');
  const j = f.local('i32');
  const [at0, at1, at2, at3] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const twiddle = f.local('i32');
  const turned = (at: Local<'i32'>): [Local<T>, Local<T>] => {
    const x = f.let(on.load(at, layout.real));
    const y = f.let(on.load(at, layout.imaginary));
    const c = f.let(on.load(twiddle, 0));
    const s = f.let(on.load(f.tee(twiddle, i32.add(twiddle, span)), 0));
    f.set(twiddle, i32.add(twiddle, span));
    return [f.let(on.shrS(on.add(on.mul(x, c), on.mul(y, s)), 2)), f.let(on.shrS(on.sub(on.mul(y, c), on.mul(x, s)), 2))];
  };
  const write = (at: Local<'i32'>, offset: number, sum: Expr<T>): void => {
    const value = f.let(on.shrS(on.add(sum, half), shift));
    f.do(on.store(at, value, offset));
    note(builder, on, magnitude, value);
  };
  f.doWhile(
    () => {
      f.set(j, 0);
      f.doWhile(
        () => {
          f.set(at0, i32.add(base, j));
          f.set(at1, i32.add(at0, span));
          f.set(at2, i32.add(at1, span));
          f.set(at3, i32.add(at2, span));
          f.set(twiddle, i32.add(twiddles, j));
          const real0 = f.let(on.shl(on.load(at0, layout.real), 13));
          const imaginary0 = f.let(on.shl(on.load(at0, layout.imaginary), 13));
          const [real1, imaginary1] = turned(at1);
          const [real2, imaginary2] = turned(at2);
          const [real3, imaginary3] = turned(at3);
          const [evenReal, evenImaginary] = [f.let(on.add(real0, real1)), f.let(on.add(imaginary0, imaginary1))];
          const [differenceReal, differenceImaginary] = [f.let(on.sub(real0, real1)), f.let(on.sub(imaginary0, imaginary1))];
          const [oddReal, oddImaginary] = [f.let(on.add(real2, real3)), f.let(on.add(imaginary2, imaginary3))];
          const [turnedReal, turnedImaginary] = [f.let(on.sub(imaginary2, imaginary3)), f.let(on.sub(real3, real2))];
          write(at0, layout.real, on.add(evenReal, oddReal));
          write(at0, layout.imaginary, on.add(evenImaginary, oddImaginary));
          write(at1, layout.real, on.add(differenceReal, turnedReal));
          write(at1, layout.imaginary, on.add(differenceImaginary, turnedImaginary));
          write(at2, layout.real, on.sub(evenReal, oddReal));
          write(at2, layout.imaginary, on.sub(evenImaginary, oddImaginary));
          write(at3, layout.real, on.sub(differenceReal, turnedReal));
          write(at3, layout.imaginary, on.sub(differenceImaginary, turnedImaginary));
          f.set(j, i32.add(j, on.bytes));
        },
        () => i32.ltU(j, span),
      );
      f.set(base, i32.add(base, i32.shl(span, 2)));
    },
    () => i32.ltU(base, 4 * layout.points),
  );
  f.return(reduce(builder, magnitude));
  return f;
}

/** Shift by a signed count as `scale` of the definition: right with rounding, or left. */
function scaling(f: FunctionBuilder, shift: Expr<'i32'>): (sum: Expr<'v128'>) => Expr<'v128'> {
  const signed = f.let(shift);
  const right = f.let(i32.and(signed, i32.xor(i32.shrS(signed, 31), -1)));
  const left = f.let(i32.sub(right, signed));
  const half = f.let(i32x4.splat(i32.shrU(i32.shl(1, right), 1)));
  return (sum) => i32x4.shl(i32x4.shrS(i32x4.add(sum, half), right), left);
}

/** `first(bits)`: the first stage, four groups at a time; returns the magnitudes of its outputs. */
function first(module: ModuleBuilder, layout: TransformLayout) {
  const radix = firstRadix(layout.points);
  const f = module.function('first', { bits: 'i32' }, { result: 'i32', exported: false });
  const builder = f as unknown as FunctionBuilder;
  const scale = scaling(builder, i32.sub(f.params.bits, radix === 4 ? 12 : 13));
  const magnitude = f.let(v128.zero());
  const at = f.local('i32');
  const group = f.let(i32.const(layout.groups));
  // Bit-reversed order puts the second half of the inputs before their second quarter.
  const parts = (radix === 4 ? [0, 2, 1, 3] : [0, 2]).map((quarter) => quarter * layout.points);
  const scatter = (sums: readonly Expr<'v128'>[], plane: number): void => {
    const outputs = sums.map((sum) => f.let(scale(sum)));
    for (const output of outputs) note(builder, FOUR, magnitude, output);
    const columns = transposed(builder, radix === 4 ? outputs : [outputs[0], outputs[1], outputs[0], outputs[1]]);
    columns.forEach((column, lane) => {
      const to = i32.load(group, 4 * lane);
      f.do(radix === 4 ? v128.store(to, column, plane) : v128.store64Lane(to, column, 0, plane));
    });
  };
  f.doWhile(
    () => {
      const real = parts.map((part) => f.let(v128.load(at, layout.inputReal + part)));
      const imaginary = parts.map((part) => f.let(v128.load(at, layout.inputImaginary + part)));
      if (radix === 2) {
        scatter([i32x4.add(real[0], real[1]), i32x4.sub(real[0], real[1])], layout.real);
        scatter([i32x4.add(imaginary[0], imaginary[1]), i32x4.sub(imaginary[0], imaginary[1])], layout.imaginary);
      } else {
        const [evenReal, differenceReal] = [f.let(i32x4.add(real[0], real[1])), f.let(i32x4.sub(real[0], real[1]))];
        const [evenImaginary, differenceImaginary] = [f.let(i32x4.add(imaginary[0], imaginary[1])), f.let(i32x4.sub(imaginary[0], imaginary[1]))];
        const [oddReal, turnedImaginary] = [f.let(i32x4.add(real[2], real[3])), f.let(i32x4.sub(real[3], real[2]))];
        const [oddImaginary, turnedReal] = [f.let(i32x4.add(imaginary[2], imaginary[3])), f.let(i32x4.sub(imaginary[2], imaginary[3]))];
        scatter(
          [i32x4.add(evenReal, oddReal), i32x4.add(differenceReal, turnedReal), i32x4.sub(evenReal, oddReal), i32x4.sub(differenceReal, turnedReal)],
          layout.real,
        );
        scatter(
          [
            i32x4.add(evenImaginary, oddImaginary),
            i32x4.add(differenceImaginary, turnedImaginary),
            i32x4.sub(evenImaginary, oddImaginary),
            i32x4.sub(differenceImaginary, turnedImaginary),
          ],
          layout.imaginary,
        );
      }
      f.set(group, i32.add(group, 16));
      f.set(at, i32.add(at, 16));
    },
    () => i32.ltU(at, (4 * layout.points) / radix),
  );
  f.return(anyLane(builder, magnitude));
  return f;
}

/** Declares `transform(magnitude)`: the input's magnitudes to what the transform adds to the exponent. */
export function transformFunction(module: ModuleBuilder, layout: TransformLayout) {
  const firstStage = first(module, layout);
  const narrow = radix4(module, 'radix4-one', layout, ONE, (_, value) => value);
  const wide = radix4(module, 'radix4-four', layout, FOUR, anyLane);
  const f = module.function('transform', { magnitude: 'i32' }, { result: 'i32', exported: false });
  const { magnitude } = f.params;
  const radix = firstRadix(layout.points);
  const bits = f.let(i32.sub(32, i32.clz(magnitude)));
  const exponent = f.let(i32.sub(bits, radix === 4 ? 12 : 13));
  f.set(magnitude, module.call(firstStage, { bits }));
  let twiddles = layout.twiddles;
  for (let span: number = radix; span < layout.points; span *= 4) {
    f.set(bits, i32.sub(32, i32.clz(magnitude)));
    f.set(exponent, i32.add(exponent, i32.sub(bits, 12)));
    f.set(magnitude, module.call(span < 4 ? narrow : wide, { span: 4 * span, twiddles, bits }));
    twiddles += 24 * span;
  }
  f.return(exponent);
  return f;
}
