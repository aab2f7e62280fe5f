/**
 * A padded copy of one image in scratch memory, its columns sorted by phase, so that every tap of a strided and dilated window is one run of
 * consecutive floats.
 *
 * Column `u` of the source goes to phase `(u + before) mod stride`, index `floor((u + before) / stride)`: then output `o` of tap `j` reads
 * phase `(j * dilation) mod stride` at index `o + floor(j * dilation / stride)`.
 * Invariant: what is not covered by the source stays zero, because filling writes the same places each time.
 */
import { type Expr, f32, type FunctionBuilder, i32, memory, type Signature, v128 } from '@bitvox/wasm';
import { type Axis, phase } from '../geometry.ts';

/** Floats that a vector loop may read past the end of a run. */
export const RUN_SLACK = 36;

/** Where the parts of a padded image lie. */
export interface ImageLayout {
  readonly height: Axis;
  readonly time: Axis;
  /** Floats of one phase of one row. */
  readonly phaseLength: number;
  readonly rowBytes: number;
  readonly bytes: number;
}

/** The layout of an image that the windows of `height` and `time` slide over. */
export function imageLayout(height: Axis, time: Axis): ImageLayout {
  const reach = Math.floor(((time.kernel - 1) * time.dilation) / time.stride);
  const stored = Math.floor((time.size - 1 + time.before) / time.stride) + 1;
  const phaseLength = Math.max(time.output + reach, stored) + RUN_SLACK;
  const rows = Math.max((height.output - 1) * height.stride + (height.kernel - 1) * height.dilation + 1, height.before + height.size);
  const rowBytes = phaseLength * time.stride * 4;
  return { height, time, phaseLength, rowBytes, bytes: (rows * rowBytes + 63) & ~63 };
}

/** Byte offset, from the start of the row of the window's first tap, of the run that tap `(row, column)` reads. */
export function tapOffset(layout: ImageLayout, row: number, column: number): number {
  const moved = column * layout.time.dilation;
  const run = (moved % layout.time.stride) * layout.phaseLength + Math.floor(moved / layout.time.stride);
  return row * layout.height.dilation * layout.rowBytes + run * 4;
}

/** Emits the copy of one image at `source` into the padded image at `image`. */
export function emitFill(f: FunctionBuilder<Signature, 'void'>, layout: ImageLayout, image: Expr<'i32'>, source: Expr<'i32'>): void {
  const { height, time } = layout;
  const [from, to, row] = [f.let(source), f.let(i32.add(image, height.before * layout.rowBytes)), f.local('i32')];
  f.for(row, 0, height.size, 1, () => {
    if (time.stride === 1) {
      emitRun(f, i32.add(to, time.before * 4), from, time.size);
    } else {
      for (let residue = 0; residue < time.stride; residue++) {
        const { first, count, start } = phase(time, residue);
        if (count === 0) continue;
        const [read, write, left] = [f.let(i32.add(from, start * 4)), f.let(i32.add(to, (residue * layout.phaseLength + first) * 4)), f.let(i32.const(count))];
        f.doWhile(
          () => {
            f.do(f32.store(write, f32.load(read)));
            f.set(read, i32.add(read, time.stride * 4));
            f.set(write, i32.add(write, 4));
            f.set(left, i32.sub(left, 1));
          },
          () => left,
        );
      }
    }
    f.set(from, i32.add(from, time.size * 4));
    f.set(to, i32.add(to, layout.rowBytes));
  });
}

/** Emits the copy of `count` consecutive floats. */
export function emitRun(f: FunctionBuilder<Signature, 'void'>, destination: Expr<'i32'>, source: Expr<'i32'>, count: number): void {
  if (count % 4 !== 0 || count > 4096) {
    f.do(memory.copy(destination, source, count * 4));
    return;
  }
  const [to, from, offset] = [f.let(destination), f.let(source), f.local('i32')];
  f.set(offset, 0);
  f.doWhile(
    () => {
      f.do(v128.store(i32.add(to, offset), v128.load(i32.add(from, offset))));
      f.set(offset, i32.add(offset, 16));
    },
    () => i32.ltU(offset, count * 4),
  );
}
