/** Every depthwise convolution that ends in an epilogue with a residual, against the references, with and without dilation and stride. Runs in a page. */
import {
  depthwise,
  DEPTHWISE_KERNELS,
  type DepthwiseShape,
  type Epilogue,
  EXTRA_BYTES,
  finishElement,
  packRows,
  planFinishedDepthwise,
  WEIGHT_TYPES,
  windowFrames,
} from '@bitvox/bitpack';
import { Random } from '@bitvox/ternary-prng';
import { Arena, arenaBytes } from '@bitvox/wasm';
import type { KernelsResult } from './kernels.ts';

const WINDOWS = [
  { taps: 11, dilation: 1, stride: 1, t: 75 },
  { taps: 4, dilation: 3, stride: 2, t: 33 },
];
const CHANNELS = 5;
const none = { kind: 'none' } as const;

/** Sums as they are where they have 16 bits, halved where they have 32. */
function addAndSign(accumulator: 'i16' | 'i32' | 'f32'): Epilogue {
  const same = { activation: { kind: 'relu' }, residual: true, then: none } as const;
  if (accumulator === 'f32') return { kind: 'float', affine: null, ...same, outputs: [{ format: 'f32' }, { format: 'bit' }] };
  const requantization = {
    arithmetic: 'wide',
    multipliers: new Int32Array(CHANNELS).fill(3),
    offsets: new Float64Array(CHANNELS).fill(-5),
    shifts: new Uint8Array(CHANNELS).fill(2),
  } as const;
  return { kind: 'value', requantization: accumulator === 'i16' ? null : requantization, ...same, outputs: [{ format: 'i16' }, { format: 'sign' }] };
}

/** Runs them all from a seed. */
export function runFilters(seed: number): KernelsResult {
  const random = new Random(seed, 'filters');
  const names = new Set<string>();
  const wrong: string[] = [];
  const integers = (count: number, minimum: number, maximum: number): Int8Array<ArrayBuffer> =>
    Int8Array.from({ length: count }, () => minimum + random.below(maximum - minimum + 1));
  for (const { name, weights: type, activations, accumulator, computes } of DEPTHWISE_KERNELS) {
    for (const window of WINDOWS) {
      const [minimum, maximum] = type === 'f32' ? [-9, 9] : [WEIGHT_TYPES[type].minimum, WEIGHT_TYPES[type].maximum];
      const shape: DepthwiseShape = { ...window, channels: CHANNELS, weightSum: -minimum * window.taps };
      if (!computes(shape)) continue;
      const { taps, t } = window;
      const epilogue = addAndSign(accumulator);
      const plan = planFinishedDepthwise({ ...shape, weights: type, activations, kernel: name, epilogue });
      const values = integers(CHANNELS * taps, minimum, maximum);
      const rows = type === 'f32' ? Float32Array.from(values) : packRows(values, CHANNELS, taps, type);
      const columns = windowFrames(shape, t);
      const [least, most] = { '1': [0, 1], sign: [-1, 1], int8: [-128, 127], f32: [-99, 99] }[activations] as [number, number];
      const inputs = integers(CHANNELS * columns, least, most);
      const stride = Math.ceil(t / 16) * 16;
      const cells = CHANNELS * stride;
      const sizes = [plan.weightBytes, plan.constantBytes, plan.scratchBytes, 4 * cells, cells, 4 * inputs.length + EXTRA_BYTES];
      const arena = new Arena(arenaBytes(sizes));
      const [weights, constants, scratch, sums, bits, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number, number];
      arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
      arena.u8(constants, plan.constantBytes).set(plan.packConstants());
      (activations === 'f32' ? arena.f32(x, inputs.length) : arena.i8(x, inputs.length)).set(inputs);
      const added = accumulator === 'f32' ? arena.f32(sums, cells) : arena.i16(sums, cells);
      added.set(integers(cells, -100, 100));
      const before = added.slice();
      plan.instantiate(arena.memory, { weights, constants, scratch }).run(x, columns, t, sums, stride, sums, stride, bits, stride);
      names.add(name);
      const signs = arena.i8(bits, cells);
      const equal = depthwise({ weights: type, activations }, rows, inputs, shape).every((sum, n) => {
        const [channel, at] = [Math.floor(n / t), Math.floor(n / t) * stride + (n % t)];
        const [value, sign] = finishElement(epilogue, sum, channel, before[at]);
        return value === added[at] && sign === signs[at];
      });
      if (!equal) wrong.push(`${name} ${JSON.stringify(window)}`);
    }
  }
  return { names: [...names], wrong };
}
