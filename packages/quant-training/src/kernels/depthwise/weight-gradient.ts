/**
 * Gradient of a depthwise convolution with respect to its weights: `dw[c, tap] = sum over b, o of dy[c, b, o] * x[c, b, window(o, tap)]`.
 *
 * Time is on the lanes; up to eight taps share one load of the upstream gradient. Range: channels.
 * Invariant: a channel is one thread's work, images in ascending order, four lane sums a tap, added in f64 at the end.
 */
import { f32, f32x4, f64, type FunctionBuilder, i32, memory, v128 } from '@bitvox/wasm';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { emitFill, imageLayout, tapOffset } from './image.ts';

const GRADIENT = { ...RANGE, input: 'i32', upstream: 'i32', output: 'i32' } as const;
const GROUP = 8;

const paddedRow = (geometry: Geometry): number => (geometry.time.output * 4 + 63) & ~63;

/** Bytes of scratch that the kernel needs. */
export function depthwiseWeightGradientScratch(geometry: Geometry): number {
  return imageLayout(geometry.height, geometry.time).bytes + paddedRow(geometry) + geometry.height.kernel * geometry.time.kernel * 16;
}

/** The weight-gradient kernel of a geometry. */
export function depthwiseWeightGradient(library: KernelLibrary, geometry: Geometry): FunctionBuilder<typeof GRADIENT, 'void'> {
  const { height, time, batch } = geometry;
  const layout = imageLayout(height, time);
  const taps = height.kernel * time.kernel;
  const groups = Math.ceil(taps / GROUP);
  const vectors = Math.ceil(time.output / 4);
  return library.function(`depthwise_weight_gradient_${geometryKey(geometry)}`, GRADIENT, (f) => {
    const { begin, end, scratch, input, upstream, output } = f.params;
    const padded = f.let(i32.add(scratch, layout.bytes));
    const totals = f.let(i32.add(padded, paddedRow(geometry)));
    f.do(memory.fill(scratch, 0, layout.bytes + paddedRow(geometry)));
    const [channel, image, row, gradient, window] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const sums = f.locals('v128', GROUP);
    f.for(channel, begin, end, 1, () => {
      f.do(memory.fill(totals, 0, taps * 16));
      f.set(gradient, at(upstream, i32.mul(channel, batch * height.output * time.output)));
      f.for(image, 0, batch, 1, () => {
        emitFill(f, layout, scratch, at(input, i32.mul(i32.add(i32.mul(channel, batch), image), height.size * time.size)));
        f.set(window, scratch);
        f.for(row, 0, height.output, 1, () => {
          const source = f.let(gradient);
          if (time.output % 4 !== 0) {
            f.do(memory.copy(padded, gradient, time.output * 4));
            f.set(source, padded);
          }
          for (let group = 0; group < groups; group++) {
            const first = Math.floor((group * taps) / groups);
            const members = sums.slice(0, Math.floor(((group + 1) * taps) / groups) - first);
            members.forEach((sum, index) => f.set(sum, v128.load(totals, (first + index) * 16)));
            const [x, dy, stop] = [f.let(window), f.let(source), f.let(i32.add(source, vectors * 16))];
            f.doWhile(
              () => {
                const slope = f.let(v128.load(dy));
                members.forEach((sum, index) => {
                  const offset = tapOffset(layout, Math.floor((first + index) / time.kernel), (first + index) % time.kernel);
                  f.set(sum, f32x4.add(sum, f32x4.mul(slope, v128.load(x, offset))));
                });
                f.set(x, i32.add(x, 16));
                f.set(dy, i32.add(dy, 16));
              },
              () => i32.ne(dy, stop),
            );
            members.forEach((sum, index) => f.do(v128.store(totals, sum, (first + index) * 16)));
          }
          f.set(gradient, i32.add(gradient, time.output * 4));
          f.set(window, i32.add(window, height.stride * layout.rowBytes));
        });
      });
      const [tap, total] = [f.local('i32'), f.local('i32')];
      f.for(tap, 0, taps, 1, () => {
        f.set(total, i32.add(totals, i32.shl(tap, 4)));
        const sum = [0, 4, 8, 12].map((offset) => f64.promoteF32(f32.load(total, offset))).reduce((a, b) => f64.add(a, b));
        f.do(f32.store(at(output, i32.add(i32.mul(channel, taps), tap)), f32.demoteF64(sum)));
      });
    });
  });
}
