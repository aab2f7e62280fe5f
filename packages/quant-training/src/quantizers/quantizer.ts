/**
 * A quantizer is a value: a name, a width, what it computes forward and which gradient stands in for its own, which is 0 almost everywhere.
 * Both rules are made of operations. Invariant of weight quantizers: `integers` times `scales` is what `forward` computes.
 */
import { TrainingError } from '../errors.ts';
import { customGradient } from '../ir/ops/custom.ts';
import type { Value } from '../ir/types.ts';

interface QuantizerRules {
  readonly name: string;
  /** Bits of one value; 2 stand for ternary values too. */
  readonly bits: number;
  /** The quantised x, in real units, in the shape of x. */
  readonly forward: (x: Value) => Value;
  /** The gradient of x for the gradient of the output. */
  readonly gradient: (upstream: Value, x: Value) => Value;
}

/** Quantises what a layer reads. */
export interface ActivationQuantizer extends QuantizerRules {
  readonly role: 'activation';
}

/** Frozen weights: weight `i` of output channel `o` is `integers[i] * scales[o]`. */
export interface FrozenWeights {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
}

/** Quantises the weights of a layer, `[out, ...]`, row-major. */
export interface WeightQuantizer extends QuantizerRules {
  readonly role: 'weight';
  /** The integers and scales that `forward` stands for; equal to it up to the f32 rounding of the scales. */
  readonly integers: (weights: Float32Array, shape: readonly number[]) => FrozenWeights;
}

/** A quantizer of either role. */
export type Quantizer = ActivationQuantizer | WeightQuantizer;

/** What a layer says about its quantizer beside the name. */
export interface QuantizerSettings {
  readonly bits: number;
  /** Activations of more than 1 bit are clipped to `[-range, range)`; a power of two. */
  readonly range?: number;
}

/** Applies a quantizer to a value. */
export function quantize({ forward, gradient }: Quantizer, x: Value): Value {
  return customGradient([x], forward, (upstream) => [gradient(upstream, x)]);
}

/** Throws `TRAIN_QUANTIZER` unless `bits` is one of `wanted`. */
export function checkBits(name: string, bits: number, wanted: readonly number[]): void {
  if (!wanted.includes(bits)) throw new TrainingError('TRAIN_QUANTIZER', `quantizer "${name}": got ${bits} bits, wanted ${wanted.join(' or ')}`);
}

/** Calls `freeze` for every output channel with its weights; it writes its integers into the second argument and returns the scale. */
export function freezeRows(weights: Float32Array, shape: readonly number[], freeze: (row: Float32Array, integers: Int8Array) => number): FrozenWeights {
  const rows = shape[0] ?? 0;
  const size = shape.reduce((product, length) => product * length, 1);
  if (shape.length < 2 || weights.length !== size) {
    throw new TrainingError('TRAIN_SHAPE', `got ${weights.length} weights of shape [${shape.join(', ')}], wanted ${size} of [out, in, ...]`);
  }
  const integers = new Int8Array(size);
  const length = size / rows;
  const scales = Float32Array.from({ length: rows }, (_, row) => {
    const start = row * length;
    return freeze(weights.subarray(start, start + length), integers.subarray(start, start + length));
  });
  return { integers, scales };
}
