/** Accumulators, one at a time: the definition of every kind of step. Complete over the closed union of steps by type. */
import { integerWeights } from '../lower/weights.ts';
import type { Conv1dStep, DepthwiseConv1dStep, MeanPoolStep, PassStep, Step, StepOp } from '../program.ts';

/** A readable row buffer: element of a channel in a column; `bit` is -1 or +1 here. */
export interface Rows {
  at(channel: number, column: number): number;
}

/** Gives the accumulator of an output channel whose first tap is in `column`. */
export type Accumulate = (x: Rows, channel: number, column: number) => number;

/** f32 arithmetic rounds after every operation, integers are exact anyway. */
type Multiply = (sum: number, weight: number, value: number) => number;
const addFloat: Multiply = (sum, weight, value) => Math.fround(sum + Math.fround(weight * value));
const addInteger: Multiply = (sum, weight, value) => sum + weight * value;

const arithmetic = (step: Conv1dStep | DepthwiseConv1dStep): Multiply => (step.accumulator === 'f32' ? addFloat : addInteger);

function weightValues(step: Conv1dStep | DepthwiseConv1dStep, columns: number): Float32Array | Int8Array {
  return step.weights.bits === 32 ? step.weights.values : integerWeights(step.weights, columns);
}

const ACCUMULATE: { readonly [Op in StepOp]: (step: Extract<Step, { readonly op: Op }>) => Accumulate } = {
  /** Channels outside, taps inside. */
  conv1d(step) {
    const { kernel, dilation } = step.window;
    const columns = step.inputChannels * kernel;
    const weights = weightValues(step, columns);
    const add = arithmetic(step);
    return (x, channel, column) => {
      let sum = 0;
      for (let input = 0; input < step.inputChannels; input++) {
        for (let tap = 0; tap < kernel; tap++) sum = add(sum, weights[channel * columns + input * kernel + tap]!, x.at(input, column + tap * dilation));
      }
      return sum;
    };
  },
  'depthwise-conv1d'(step) {
    const { kernel, dilation } = step.window;
    const weights = weightValues(step, kernel);
    const add = arithmetic(step);
    return (x, channel, column) => {
      let sum = 0;
      for (let tap = 0; tap < kernel; tap++) sum = add(sum, weights[channel * kernel + tap]!, x.at(channel, column + tap * dilation));
      return sum;
    };
  },
  /** Integers: the sum. Floats: the sum divided by the window. */
  'mean-pool'(step: MeanPoolStep) {
    const { kernel } = step.window;
    const isFloat = step.accumulator === 'f32';
    return (x, channel, column) => {
      let sum = 0;
      for (let tap = 0; tap < kernel; tap++) sum = isFloat ? Math.fround(sum + x.at(channel, column + tap)) : sum + x.at(channel, column + tap);
      return isFloat ? Math.fround(sum / kernel) : sum;
    };
  },
  pass: (_: PassStep) => (x, channel, column) => x.at(channel, column),
};

/** The accumulator rule of a step. */
export function accumulateOf(step: Step): Accumulate {
  return (ACCUMULATE[step.op] as (step: Step) => Accumulate)(step);
}
