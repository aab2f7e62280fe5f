/**
 * What the depthwise kernels share: the walk over channels, frames and taps, time on the lanes. How taps are summed is the
 * affair of their lanes; what becomes of the sums that of a `RowStore`.
 *
 * Windows that move on by a stride are taken apart first: frame i of a row goes to place i / stride of phase i % stride, so that
 * the frames a tap looks at are neighbours again. Weights: offsets of the taps for strides, then a row per channel.
 */
import { type FunctionBuilder, f32, i32, type Local, ModuleBuilder } from '@bitvox/wasm';
import type { DepthwiseShape } from './depthwise.ts';
import type { DepthwiseAccumulator } from './depthwise-kernel.ts';
import { type KernelTarget, roundUp } from './kernel.ts';
import { type Accumulators, FRAME_STEP, type LastStep } from './row-store.wasm.ts';

/** How one kind of lanes sums taps, over units of 16 frames. */
export interface DepthwiseLanes {
  readonly accumulator: DepthwiseAccumulator;
  readonly elementBytes: 1 | 4;
  /** Bytes of the weights of a channel: what stands before the taps, and each turn of one or two taps. */
  readonly startBytes: number;
  readonly turnTaps: 1 | 2;
  readonly turnBytes: number;
  /** Units that are summed at once. */
  readonly units: number;
  readonly emit: (f: FunctionBuilder) => {
    /** Before the first tap of a channel's weights. */
    readonly begin: (units: number, weights: Local<'i32'>) => void;
    /** Adds the frames at `first`, and at `second` unless the taps have come to an end. */
    readonly turn: (units: number, weights: Local<'i32'>, first: Local<'i32'>, second: Local<'i32'> | undefined) => void;
    /** After the last tap. */
    readonly sums: (unit: number) => Accumulators;
  };
}

const turnsOf = ({ taps }: DepthwiseShape, { turnTaps }: DepthwiseLanes): number => Math.ceil(taps / turnTaps);
const offsetBytes = ({ taps, stride }: DepthwiseShape): number => (stride === 1 ? 0 : roundUp(4 * taps, 16));
const rowBytesOf = (shape: DepthwiseShape, lanes: DepthwiseLanes): number => lanes.startBytes + turnsOf(shape, lanes) * lanes.turnBytes;

/** Bytes of a phase: its frames, and those that whole steps read beyond. */
const phaseBytes = ({ t, taps, dilation, stride }: DepthwiseShape, { elementBytes }: DepthwiseLanes): number =>
  roundUp((t + Math.ceil(((taps - 1) * dilation) / stride) + 2 * FRAME_STEP) * elementBytes, 16);

/** Bytes of the weights. */
export const depthwiseWeightBytes = (shape: DepthwiseShape, lanes: DepthwiseLanes): number => offsetBytes(shape) + shape.channels * rowBytesOf(shape, lanes);
/** Bytes of scratch: the phases of one channel. */
export const depthwiseScratchBytes = (shape: DepthwiseShape, lanes: DepthwiseLanes): number =>
  shape.stride === 1 ? 0 : shape.stride * phaseBytes(shape, lanes);

/** Lays out weights; `write` gives those of a channel at an address. */
export function packDepthwise(
  shape: DepthwiseShape,
  lanes: DepthwiseLanes,
  write: (view: DataView, at: number, channel: number) => void,
): Uint8Array<ArrayBuffer> {
  const { channels, taps, dilation, stride } = shape;
  const bytes = new Uint8Array(depthwiseWeightBytes(shape, lanes));
  const view = new DataView(bytes.buffer);
  for (let tap = 0; tap < (stride === 1 ? 0 : taps); tap++) {
    const frame = tap * dilation;
    view.setInt32(4 * tap, (frame % stride) * phaseBytes(shape, lanes) + Math.floor(frame / stride) * lanes.elementBytes, true);
  }
  for (let channel = 0; channel < channels; channel++) write(view, offsetBytes(shape) + channel * rowBytesOf(shape, lanes), channel);
  return bytes;
}

/** Emits the taking apart of the row at `x` into the phases at `scratch`. */
function splitPhases(f: FunctionBuilder, shape: DepthwiseShape, lanes: DepthwiseLanes, x: Local<'i32'>, frames: Local<'i32'>, scratch: number): void {
  const { taps, dilation, stride } = shape;
  const { elementBytes } = lanes;
  const [from, to] = [f.local('i32'), f.local('i32')];
  const columns = i32.add(i32.mul(i32.sub(frames, 1), stride), (taps - 1) * dilation + 1);
  const end = f.let(i32.add(x, i32.mul(columns, elementBytes)));
  for (let phase = 0; phase < stride; phase++) {
    f.set(from, i32.add(x, phase * elementBytes));
    f.set(to, scratch + phase * phaseBytes(shape, lanes));
    f.while(
      () => i32.ltU(from, end),
      () => {
        f.do(elementBytes === 1 ? i32.store8(to, i32.load8U(from)) : f32.store(to, f32.load(from)));
        f.set(from, i32.add(from, stride * elementBytes));
        f.set(to, i32.add(to, elementBytes));
      },
    );
  }
}

/** The bytes of a module for a shape. */
export function buildDepthwise(shape: DepthwiseShape, lanes: DepthwiseLanes, target: KernelTarget, last: LastStep): Uint8Array<ArrayBuffer> {
  const { channels, taps, dilation, stride } = shape;
  const { elementBytes, startBytes, turnTaps, turnBytes } = lanes;
  const module = new ModuleBuilder(target.shared ? { from: 'import', shared: true, maximum: 65536 } : { from: 'import' });
  const f = module.function('run', { weights: 'i32', x: 'i32', xStride: 'i32', frames: 'i32', ...last.signature }) as unknown as FunctionBuilder;
  const params = f.params as Record<'weights' | 'x' | 'xStride' | 'frames', Local<'i32'>>;
  const pointer = (): Local<'i32'> => f.local('i32');
  const [tile, first, second, weight, place, turnsEnd, left] = [pointer(), pointer(), pointer(), pointer(), pointer(), pointer(), pointer()];
  const row = f.let(i32.add(params.weights, offsetBytes(shape)));
  const xBytes = f.let(i32.mul(params.xStride, elementBytes));
  const channel = f.let(i32.const(channels));
  const store = last.store(f);
  const { begin, turn: addTurn, sums } = lanes.emit(f);

  const nextTaps = (count: 1 | 2): void => {
    if (stride === 1) {
      f.set(first, place);
      if (count === 2) f.set(second, i32.add(place, dilation * elementBytes));
      f.set(place, i32.add(place, count * dilation * elementBytes));
      return;
    }
    f.set(first, i32.add(tile, i32.load(place)));
    if (count === 2) f.set(second, i32.add(tile, i32.load(place, 4)));
    f.set(place, i32.add(place, 4 * count));
  };

  const sumUnits = (units: number): void => {
    f.set(weight, row);
    begin(units, weight);
    f.set(weight, i32.add(weight, startBytes));
    f.set(place, stride === 1 ? tile : params.weights);
    const turns = Math.floor(taps / turnTaps);
    if (turns > 0) {
      f.set(turnsEnd, i32.add(weight, turns * turnBytes));
      f.doWhile(
        () => {
          nextTaps(turnTaps);
          addTurn(units, weight, first, turnTaps === 2 ? second : undefined);
          f.set(weight, i32.add(weight, turnBytes));
        },
        () => i32.ltU(weight, turnsEnd),
      );
    }
    if (taps % turnTaps > 0) {
      nextTaps(1);
      addTurn(units, weight, first, undefined);
    }
    for (let unit = 0; unit < units; unit++) store.finish(sums(unit), unit * FRAME_STEP);
    store.advance(units * FRAME_STEP);
    f.set(tile, i32.add(tile, units * FRAME_STEP * elementBytes));
    f.set(left, i32.sub(left, units * FRAME_STEP));
  };

  store.start();
  f.doWhile(
    () => {
      if (stride === 1) f.set(tile, params.x);
      else {
        splitPhases(f, shape, lanes, params.x, params.frames, target.scratch);
        f.set(tile, target.scratch);
      }
      f.set(left, params.frames);
      store.beginRow();
      for (let units = lanes.units; units >= 1; units--) {
        f.while(
          () => i32.gtS(left, (units - 1) * FRAME_STEP),
          () => sumUnits(units),
        );
      }
      store.endRow();
      f.set(row, i32.add(row, rowBytesOf(shape, lanes)));
      f.set(params.x, i32.add(params.x, xBytes));
      f.set(channel, i32.sub(channel, 1));
    },
    () => channel,
  );
  return module.build();
}
