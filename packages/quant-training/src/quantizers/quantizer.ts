/**
 * A quantizer is a value: a name, a width, what it computes forward and which gradient stands in for its own, which is 0 almost everywhere.
 * Both rules are made of operations, and may read tensors that are learned beside the weights, such as thresholds.
 * Invariant of weight quantizers: `integers` times `scales` is what `forward` computes.
 */
import { TrainingError } from '../errors.ts';
import { vectorJacobianProduct } from '../ir/gradient.ts';
import { constant } from '../ir/ops/leaf.ts';
import { customGradient } from '../ir/ops/custom.ts';
import type { Value } from '../ir/types.ts';

/**
 * What a rule reads beside x, by role: learned tensors, shaped so that they broadcast over x, and `progress`, the share of the training that is
 * over, 0 to 1, for rules that sharpen with time.
 */
export type QuantizerTensors = Readonly<Record<string, Value>>;

/** Which rules a quantizer has; `tensors` are the learned ones. */
export interface Rules {
  /** The quantised x, in real units, in the shape of x. */
  readonly forward: (x: Value, tensors: QuantizerTensors) => Value;
  /** The gradient of x for the gradient of the output. */
  readonly gradient: (upstream: Value, x: Value, tensors: QuantizerTensors) => Value;
  /** The gradients of the learned tensors, by role; has to be there if `roles` names any. */
  readonly tensorGradients?: (upstream: Value, x: Value, tensors: QuantizerTensors) => QuantizerTensors;
}

interface NamedRules extends Rules {
  readonly name: string;
  /** Bits of one value; 2 stand for ternary values too. */
  readonly bits: number;
  /** Roles of the learned tensors that the rules read; none unless told. */
  readonly roles?: readonly string[];
}

/** Quantises what a layer reads, `[channel, batch, height, time]`. */
export interface ActivationQuantizer extends NamedRules {
  readonly role: 'activation';
  /** Role of a learned tensor, one number a channel, that is subtracted from what the layer reads at every tap: a constant of each output. */
  readonly shift?: string;
  /** For comparison only: nothing that is deployed computes it. */
  readonly trainingOnly?: true;
  /** A number that the rules read under `role`: of the batch in training, a running mean otherwise. Has the shape of the layer's tensor of this role. */
  readonly statistic?: { readonly role: string; readonly of: (x: Value, tensors: QuantizerTensors) => Value };
}

/** Frozen weights: weight `i` of output channel `o` is `integers[i] * scales[o]`. */
export interface FrozenWeights {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
}

/** Quantises the weights of a layer, `[out, ...]`, row-major. */
export interface WeightQuantizer extends NamedRules {
  readonly role: 'weight';
  /**
   * The integers and scales that `forward` stands for; equal to it up to the f32 rounding of the scales.
   * @throws `TRAIN_QUANTIZER` if it has no such form.
   */
  readonly integers: (weights: Float32Array, shape: readonly number[], tensors?: Readonly<Record<string, Float32Array>>) => FrozenWeights;
}

/** A quantizer of either role. */
export type Quantizer = ActivationQuantizer | WeightQuantizer;

/** What a layer says about its quantizer beside the name. */
export interface QuantizerSettings {
  readonly bits: number;
  /** Activations of more than 1 bit are clipped to `[-range, range)`; a power of two. */
  readonly range?: number;
}

/** Applies a quantizer to a value. `progress` is 1 unless told: what holds when training is over. @throws `TRAIN_QUANTIZER` if a learned tensor is missing. */
export function quantize({ name, forward, gradient, roles = [], tensorGradients }: Quantizer, x: Value, tensors: QuantizerTensors = {}): Value {
  const absent = roles.find((role) => tensors[role] === undefined);
  if (absent !== undefined) throw new TrainingError('TRAIN_QUANTIZER', `quantizer "${name}" got no tensor "${absent}", wanted ${roles.join(', ')}`);
  const all = { progress: constant(1), ...tensors };
  return customGradient<readonly Value[]>(
    [x, ...roles.map((role) => tensors[role]!)],
    (value) => forward(value!, all),
    (upstream) => {
      const learned = tensorGradients?.(upstream, x, all);
      return [gradient(upstream, x, all), ...roles.map((role) => learned![role]!)];
    },
  );
}

/** The rules of a function of operations and quantizers, whose gradient is that of its parts. */
export function composedRules(forward: Rules['forward'], roles: readonly string[] = []): Rules {
  return {
    forward,
    gradient: (upstream, x, tensors) => vectorJacobianProduct(forward(x, tensors), upstream, [x])[0]!,
    tensorGradients: (upstream, x, tensors) => {
      const gradients = vectorJacobianProduct(
        forward(x, tensors),
        upstream,
        roles.map((role) => tensors[role]!),
      );
      return Object.fromEntries(roles.map((role, at) => [role, gradients[at]!]));
    },
  };
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

/** Weights of one bit: +1 for what is at least 0, and `scale` of each output channel. */
export function freezeSigns(weights: Float32Array, shape: readonly number[], scale: (row: Float32Array, channel: number) => number): FrozenWeights {
  let channel = 0;
  return freezeRows(weights, shape, (row, integers) => {
    row.forEach((weight, at) => {
      integers[at] = weight >= 0 ? 1 : -1;
    });
    return scale(row, channel++);
  });
}

/** The mean of |x|. */
export function meanMagnitude(numbers: Float32Array): number {
  return numbers.reduce((total, number) => total + Math.abs(number), 0) / numbers.length;
}

/** Throws `TRAIN_QUANTIZER`: a quantizer that is for comparison only was to be frozen. */
export function refuseFreezing(name: string): never {
  throw new TrainingError('TRAIN_QUANTIZER', `quantizer "${name}" is for comparison in training: got a request to freeze it, wanted one that has a 1-bit form`);
}
