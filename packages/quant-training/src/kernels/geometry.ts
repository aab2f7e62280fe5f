/**
 * The geometry of one convolution, baked into the code of its kernels.
 *
 * Output position `o` reads input position `o * stride + tap * dilation - padding` along each of the two window axes.
 * Invariant: `outputHeight` and `outputTime` follow from the other fields, so a geometry is a key.
 */
import type { ConvAttributes } from '../ir/types.ts';

/** One window axis. */
export interface Axis {
  readonly size: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** A convolution over `[channel, batch, height, time]`. */
export interface Geometry {
  readonly batch: number;
  readonly height: Axis;
  readonly time: Axis;
}

/** The geometry of an input `[c, b, h, t]`, an output `[c, b, ho, to]` and the attributes that lead from one to the other. */
export function geometryOf(input: readonly number[], output: readonly number[], kernel: readonly [number, number], attributes: ConvAttributes): Geometry {
  const axis = (index: 0 | 1): Axis => ({
    size: input[2 + index]!,
    output: output[2 + index]!,
    kernel: kernel[index],
    stride: attributes.stride[index],
    dilation: attributes.dilation[index],
    before: attributes.padding[index === 0 ? 0 : 2],
  });
  return { batch: input[1]!, height: axis(0), time: axis(1) };
}

/** A name that two geometries share only if they are equal. */
export function geometryKey({ batch, height, time }: Geometry): string {
  const part = (axis: Axis): string => [axis.size, axis.output, axis.kernel, axis.stride, axis.dilation, axis.before].join('.');
  return `b${batch}_h${part(height)}_t${part(time)}`;
}

/** Positions of an axis that lie in phase `residue` once padded: the first padded position divided by the stride, and their number. */
export function phase(axis: Axis, residue: number): { readonly first: number; readonly count: number; readonly start: number } {
  const start = (((residue - axis.before) % axis.stride) + axis.stride) % axis.stride;
  const count = start >= axis.size ? 0 : Math.ceil((axis.size - start) / axis.stride);
  return { first: (start + axis.before - residue) / axis.stride, count, start };
}
