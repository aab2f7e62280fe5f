/**
 * The easy call: `pack` the weights once, `convolve` planes or signals with them as often as needed.
 * Invariant: the result is the reference's, whatever kernel was chosen.
 */
import { Arena, arenaBytes } from '@bitvox/wasm';
import { type Conv1dGeometry, planConv1d } from './conv1d.ts';
import { type Conv2dGeometry, type ConvPlan, planConv2d } from './conv2d.ts';
import { BitpackError } from './errors.ts';
import { keeper } from './kept.ts';
import { SIGN_ELEMENTS } from './kernels/sign-bits.wasm.ts';
import { type GemmActivations, roundUp } from './kernels/kernel.ts';
import { checkLength, EXTRA_BYTES, type WeightType } from './layout.ts';
import { type Activations, type DefaultActivations, type MultiplyOptions, type PackedWeights, type Product, signWriter } from './multiply.ts';
import type { Signed } from './pack.ts';

interface Bound {
  readonly elements: number;
  readonly results: Int16Array | Int32Array | Float32Array;
  readonly run: (x: Signed) => void;
}

const kept = keeper<Bound>();

function planOf({ type, m: outputs, k }: PackedWeights, geometry: Conv1dGeometry | Conv2dGeometry, activations: GemmActivations): ConvPlan {
  const taps = 't' in geometry ? geometry.taps : geometry.taps[0] * geometry.taps[1];
  const channels = k / taps;
  if (!Number.isInteger(channels)) throw new BitpackError('BITPACK_SHAPE', `Got rows of ${k} weights for ${taps} taps, wanted a multiple of them.`);
  const request = { outputs, channels, weights: type, activations };
  return 't' in geometry ? planConv1d({ ...request, ...geometry }) : planConv2d({ ...request, ...geometry });
}

function bind(packed: PackedWeights, geometry: Conv1dGeometry | Conv2dGeometry, activations: GemmActivations): Bound {
  const plan = planOf(packed, geometry, activations);
  const { channels, height, width, outputs } = plan.shape;
  const [planeIn, planeOut] = [height * width, plan.output[0] * plan.output[1]];
  const elements = roundUp(channels * planeIn, SIGN_ELEMENTS);
  const elementBytes = activations === 'f32' ? 4 : 1;
  const sizes = [plan.weightBytes, plan.scratchBytes, outputs * planeOut * 4, activations === '1' ? elements * 4 : 0, elements * elementBytes + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, y, values, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(packed.rows));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  const exact = activations === 'f32' ? arena.f32(x, elements) : arena.i8(x, elements);
  const setActivations = activations === '1' ? signWriter(arena, values, x, elements) : (given: Signed): void => exact.set(given);
  return {
    elements: channels * planeIn,
    results: arena[plan.accumulator](y, outputs * planeOut),
    run: (activation) => {
      setActivations(activation);
      run(x, planeIn, y, planeOut);
    },
  };
}

/**
 * Y = W ∗ X, exact for integers, in the order of `conv2dFloat` for `f32`; weights and activations of 1 bit count as −1 and +1, padding as its rule says.
 * @param weights `pack(values, outputs, channels × taps)` of values `[output][channel][tap]`
 * @param x `[channel][height][width]`, or `[channel][t]` where the geometry has a `t`: values whose signs count (0 as +1) for
 *   activations of 1 bit, an Int8Array for `int8`, a Float32Array for `f32`
 * @returns `[output][height'][width']`: 16-bit sums for activations of 1 bit, 32-bit sums for `int8`, floats for `f32`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_NOT_A_NUMBER`, `BITPACK_BYTE`,
 *   `BITPACK_KERNEL_UNFIT` where the types do not go together or the sums are too long to be exact
 */
export function convolve<W extends WeightType, A extends GemmActivations = DefaultActivations<W>>(
  weights: PackedWeights<W>,
  x: Activations<A>,
  geometry: Conv1dGeometry | Conv2dGeometry,
  options: MultiplyOptions<A> = {},
): Product<A> {
  const activations: GemmActivations = options.activations ?? (weights.type === '1' ? '1' : 'int8');
  if (activations !== '1' && !(x instanceof (activations === 'f32' ? Float32Array : Int8Array))) {
    throw new BitpackError('BITPACK_TYPE', `Got activations of type "${String(activations)}" in a ${x.constructor.name}.`);
  }
  const instance = kept(weights, `${activations}/${JSON.stringify(geometry)}`, () => bind(weights, geometry, activations));
  checkLength('activations', x.length, instance.elements);
  instance.run(x);
  return instance.results.slice() as Product<A>;
}
