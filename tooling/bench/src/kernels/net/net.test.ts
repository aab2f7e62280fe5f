import { depthwise, finishElement, gemm, type Epilogue } from '@bitvox/bitpack';
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';
import { BANDS, type DenseLayer, designNet, FRONT_TAPS, MEMORY_TAPS, type NetDesign, type NetShape } from './design.ts';
import { openNet } from './ours.ts';

/** Rows with zeros before and after each. */
function pad(values: ArrayLike<number>, channels: number, frames: number, side: number): Int8Array {
  const wide = frames + 2 * side;
  const padded = new Int8Array(channels * wide);
  for (let at = 0; at < channels * frames; at++) padded[Math.floor(at / frames) * wide + side + (at % frames)] = values[at]!;
  return padded;
}

/** The same integers by the readable references of bitpack. */
function reference({ channels, frames: t, front, layers }: NetDesign, bands: Int8Array): number[] {
  const finish = (epilogue: Epilogue, sums: ArrayLike<number>, residual?: readonly number[]): number[][] => {
    const stored = Array.from(sums, (sum, at) => finishElement(epilogue, sum, Math.floor(at / t), residual?.[at]));
    return epilogue.outputs.map((_, output) => stored.map((values) => values[output]!));
  };
  const dense = ({ type, rows, epilogue }: DenseLayer, x: Int8Array | Uint8Array, depth: number, residual?: readonly number[]): number[][] =>
    finish(epilogue, gemm({ weights: type, activations: type === '1' ? '1' : 'int8' }, rows, x, { m: channels, k: depth, t }), residual);

  const stride = t + FRONT_TAPS - 1;
  const input = pad(bands, BANDS, t, FRONT_TAPS >> 1);
  const shifted = Int8Array.from({ length: FRONT_TAPS * BANDS * t }, (_, at) => {
    const [row, frame] = [Math.floor(at / t), at % t];
    return input[(row % BANDS) * stride + Math.floor(row / BANDS) + frame]!;
  });
  let [sums, bits] = dense(front, shifted, FRONT_TAPS * BANDS) as [number[], number[]];
  for (const { first, memory, second } of layers) {
    const [hidden] = dense(first, Uint8Array.from(bits), channels) as [number[]];
    const window = { channels, taps: MEMORY_TAPS, dilation: 1, stride: 1, t };
    const remembered = depthwise({ weights: 'int8', activations: 'int8' }, memory.rows, pad(hidden, channels, t, MEMORY_TAPS >> 1), window);
    const [signs] = finish(memory.epilogue, remembered) as [number[]];
    [sums, bits] = dense(second, Uint8Array.from(signs), channels, sums) as [number[], number[]];
  }
  return sums;
}

test.each<NetShape>([
  { channels: 16, frames: 32, blocks: 1 },
  { channels: 40, frames: 160, blocks: 3 },
  { channels: 256, frames: 96, blocks: 2 },
])('$channels channels, $frames frames, $blocks blocks: the network equals the reference of the same integers', (shape) => {
  const design = designNet(shape, 5);
  const net = openNet(design);
  const random = new Random(2, 'input');
  const bands = Int8Array.from({ length: BANDS * shape.frames }, () => random.below(256) - 128);
  const expected = reference(design, bands);
  net.run(bands);
  expect([...net.output]).toEqual(expected);
  // Nothing of an earlier run matters.
  net.run(bands);
  expect([...net.output]).toEqual(expected);
  // The layers do something: the sums differ, and few of them stick to the ends of their range.
  expect(new Set(expected).size).toBeGreaterThan(100);
  expect(expected.filter((value) => Math.abs(value) > 32_000).length).toBeLessThan(expected.length / 20);
});
