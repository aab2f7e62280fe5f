/**
 * Gradient of a depthwise convolution with respect to its input: `dx[c, b, u] = sum over (o, tap) with window(o, tap) = u of w[c, tap] * dy[c, b, o]`.
 *
 * Padded input position `q = u + before` of residue `r = q mod stride` meets the taps with `(tap * dilation) mod stride = r`, at output
 * `floor(q / stride) - (tap * dilation - r) / stride`: for every pair of residues this is a convolution of stride 1 over the upstream gradient.
 * Range: images, `channel * batch + b`.
 */
import { f32, type FunctionBuilder, i32, memory } from '@bitvox/wasm';
import { type Axis, type Geometry, geometryKey, phase } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { emitFill, imageLayout, type ImageLayout, RUN_SLACK } from './image.ts';
import { emitTapRow, type Tap } from './taps.ts';

const GRADIENT = { ...RANGE, upstream: 'i32', weights: 'i32', output: 'i32' } as const;

/** The upstream gradient as an image to slide over: padded on the left by the largest shift of a tap, on the right as far as positions go. */
function mirrored(axis: Axis): Axis {
  const shift = Math.floor(((axis.kernel - 1) * axis.dilation) / axis.stride);
  const last = Math.floor((axis.size - 1 + axis.before) / axis.stride);
  return { size: axis.output, output: last + 1, kernel: shift + 1, stride: 1, dilation: 1, before: shift };
}

function mirroredLayout(geometry: Geometry): ImageLayout {
  return imageLayout(mirrored(geometry.height), mirrored(geometry.time));
}

/** Taps of an axis that reach positions of a residue, with their shift. */
function shifts(axis: Axis, residue: number): { readonly tap: number; readonly shift: number }[] {
  return Array.from({ length: axis.kernel }, (_, tap) => ({ tap, shift: (tap * axis.dilation - residue) / axis.stride })).filter(({ shift }) =>
    Number.isInteger(shift),
  );
}

/** Bytes of scratch that the kernel needs. */
export function depthwiseInputGradientScratch(geometry: Geometry): number {
  return mirroredLayout(geometry).bytes + (geometry.time.size + RUN_SLACK) * 4;
}

/** The input-gradient kernel of a geometry. */
export function depthwiseInputGradient(library: KernelLibrary, geometry: Geometry): FunctionBuilder<typeof GRADIENT, 'void'> {
  const { height, time, batch } = geometry;
  const layout = mirroredLayout(geometry);
  const taps = height.kernel * time.kernel;
  return library.function(`depthwise_input_gradient_${geometryKey(geometry)}`, GRADIENT, (f) => {
    const { begin, end, scratch, upstream, weights, output } = f.params;
    const phaseRow = f.let(i32.add(scratch, layout.bytes));
    const [image, row, target, filter] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    f.do(memory.fill(scratch, 0, layout.bytes));
    const parts: (() => void)[] = [];
    for (let vertical = 0; vertical < height.stride; vertical++) {
      const rows = phase(height, vertical);
      for (let horizontal = 0; horizontal < time.stride; horizontal++) {
        const columns = phase(time, horizontal);
        if (rows.count === 0 || columns.count === 0) continue;
        const members: Tap[] = shifts(height, vertical).flatMap((down) =>
          shifts(time, horizontal).map((right) => ({
            run: (layout.height.before - down.shift) * layout.rowBytes + (layout.time.before - right.shift + columns.first) * 4,
            weight: (down.tap * time.kernel + right.tap) * 4,
          })),
        );
        parts.push(() => {
          f.for(row, 0, rows.count, 1, () => {
            const start = f.let(i32.add(target, i32.mul(i32.add(i32.mul(row, height.stride), rows.start), time.size * 4)));
            const direct = time.stride === 1;
            if (members.length === 0) f.do(memory.fill(phaseRow, 0, columns.count * 4));
            else {
              const runs = i32.add(scratch, i32.mul(i32.add(row, rows.first), layout.rowBytes));
              emitTapRow(f, { taps: members, weights: filter, runs, output: direct ? start : phaseRow, length: columns.count });
            }
            if (direct) {
              if (members.length === 0) f.do(memory.fill(start, 0, time.size * 4));
              return;
            }
            const [read, write, left] = [f.let(phaseRow), f.let(i32.add(start, columns.start * 4)), f.let(i32.const(columns.count))];
            f.doWhile(
              () => {
                f.do(f32.store(write, f32.load(read)));
                f.set(read, i32.add(read, 4));
                f.set(write, i32.add(write, time.stride * 4));
                f.set(left, i32.sub(left, 1));
              },
              () => left,
            );
          });
        });
      }
    }
    f.for(image, begin, end, 1, () => {
      emitFill(f, layout, scratch, at(upstream, i32.mul(image, height.output * time.output)));
      f.set(filter, at(weights, i32.mul(i32.divU(image, batch), taps)));
      f.set(target, at(output, i32.mul(image, height.size * time.size)));
      for (const part of parts) part();
    });
  });
}
