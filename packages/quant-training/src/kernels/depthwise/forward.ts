/**
 * Depthwise convolution: `y[c, b, o] = sum over taps of w[c, tap] * x[c, b, window(o, tap)]`.
 * Range: images, `channel * batch + b`. Any stride, dilation and padding.
 */
import { type FunctionBuilder, i32, memory } from '@bitvox/wasm';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { emitFill, imageLayout, tapOffset } from './image.ts';
import { emitTapRow, type Tap } from './taps.ts';

const FORWARD = { ...RANGE, input: 'i32', weights: 'i32', output: 'i32' } as const;

/** Bytes of scratch that the forward kernel needs. */
export function depthwiseForwardScratch(geometry: Geometry): number {
  return imageLayout(geometry.height, geometry.time).bytes;
}

/** The forward kernel of a geometry. */
export function depthwiseForward(library: KernelLibrary, geometry: Geometry): FunctionBuilder<typeof FORWARD, 'void'> {
  const { height, time, batch } = geometry;
  const layout = imageLayout(height, time);
  const taps: Tap[] = Array.from({ length: height.kernel * time.kernel }, (_, tap) => ({
    run: tapOffset(layout, Math.floor(tap / time.kernel), tap % time.kernel),
    weight: tap * 4,
  }));
  return library.function(`depthwise_forward_${geometryKey(geometry)}`, FORWARD, (f) => {
    const { begin, end, scratch, input, weights, output } = f.params;
    f.do(memory.fill(scratch, 0, layout.bytes));
    const [image, row, target, filter] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    f.set(target, at(output, i32.mul(begin, height.output * time.output)));
    f.for(image, begin, end, 1, () => {
      emitFill(f, layout, scratch, at(input, i32.mul(image, height.size * time.size)));
      f.set(filter, at(weights, i32.mul(i32.divU(image, batch), taps.length)));
      f.for(row, 0, height.output, 1, () => {
        const runs = i32.add(scratch, i32.mul(row, height.stride * layout.rowBytes));
        emitTapRow(f, { taps, weights: filter, runs, output: target, length: time.output });
        f.set(target, i32.add(target, time.output * 4));
      });
    });
  });
}
