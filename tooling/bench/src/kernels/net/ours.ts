/** Our side of the network: plans of bitpack in one memory, run one after the other. */
import { EXTRA_BYTES, planFinishedDepthwise, planFinishedGemm } from '@bitvox/bitpack';
import { Arena } from '@bitvox/wasm';
import { BANDS, type DenseLayer, FRONT_TAPS, MEMORY_SUM, MEMORY_TAPS, type NetDesign } from './design.ts';

/** A network that has been laid out. */
export interface OpenNet {
  /** The sums of the last block, `[channel][frames]`, after `run`. */
  readonly output: Int16Array;
  /** From bytes `[band][frames]` to the output. */
  readonly run: (bands: Int8Array) => void;
}

/** Bytes of the largest network this is meant for. */
const MEMORY_BYTES = 8 << 20;
/** Bytes that any of its layers needs beside its weights. */
const SCRATCH_BYTES = 1 << 18;
/** Frames to the left and right of memories, in rows whose length is no power of two. */
const CONTEXT = MEMORY_TAPS >> 1;

/** Lays out a network. `frames` are a multiple of 16. */
export function openNet({ channels, frames: t, front, layers }: NetDesign): OpenNet {
  const arena = new Arena(MEMORY_BYTES);
  const frontDepth = BANDS * FRONT_TAPS;
  const inputStride = t + FRONT_TAPS - 1;
  const memoryStride = t + 16;
  const input = arena.allocate(FRONT_TAPS * BANDS * inputStride + EXTRA_BYTES);
  const sums = arena.allocate(2 * channels * t);
  const bits = arena.allocate(channels * t + EXTRA_BYTES);
  // Memories read zeros beyond the ends of what the layers before them write.
  const hidden = arena.allocate(channels * memoryStride + EXTRA_BYTES);
  const scratch = arena.allocate(SCRATCH_BYTES);

  const put = (bytes: Uint8Array): number => {
    const address = arena.allocate(bytes.length);
    arena.u8(address, bytes.length).set(bytes);
    return address;
  };
  /** A product and its epilogue; `rows` are the residual's and the outputs' addresses and strides. */
  const dense = ({ type, rows, epilogue }: DenseLayer, depth: number, x: number, xStride: number, ...places: number[]): (() => void) => {
    const plan = planFinishedGemm({ m: channels, k: depth, t, weights: type, activations: type === '1' ? '1' : 'int8', epilogue });
    const { run } = plan.instantiate(arena.memory, { weights: put(plan.packWeights(rows)), constants: put(plan.packConstants()), scratch });
    return () => run(x, xStride, t, ...places);
  };

  const steps = [dense(front, frontDepth, input, inputStride, sums, t, bits, t)];
  for (const { first, memory, second } of layers) {
    steps.push(dense(first, channels, bits, t, hidden + CONTEXT, memoryStride));
    const plan = planFinishedDepthwise({
      channels,
      taps: MEMORY_TAPS,
      t,
      weights: 'int8',
      activations: 'int8',
      weightSum: MEMORY_SUM,
      epilogue: memory.epilogue,
    });
    const { run } = plan.instantiate(arena.memory, { weights: put(plan.packWeights(memory.rows)), constants: put(plan.packConstants()), scratch });
    steps.push(() => run(hidden, memoryStride, t, bits, t), dense(second, channels, bits, t, sums, t, sums, t, bits, t));
  }

  // The front layer's taps are its input shifted by a frame each; what lies beyond the ends stays 0.
  const plane = BANDS * inputStride;
  const bytes = arena.i8(input, FRONT_TAPS * plane + EXTRA_BYTES);
  return {
    output: arena.i16(sums, channels * t),
    run: (bands) => {
      for (let band = 0; band < BANDS; band++) bytes.set(bands.subarray(band * t, (band + 1) * t), band * inputStride + 1);
      for (let tap = 1; tap < FRONT_TAPS; tap++) bytes.copyWithin(tap * plane, tap, tap + plane);
      for (const step of steps) step();
    },
  };
}
