/** Accumulators, one at a time: the definition of every kind of step. Complete over the closed union of steps by type. */
import { integerWeights } from '../lower/weights.ts';
import type { Conv1dStep, DepthwiseConv1dStep, MeanPoolStep, PassStep, Step, StepOp } from '../program.ts';

/** A readable row buffer: element of a channel in a column; `bit` is -1 or +1 here. */
export interface Rows {
  at(channel: number, column: number): number;
}

/** For the window whose first tap is in `column`: gives the accumulator of an output channel. */
export type Accumulate = (x: Rows, column: number) => (channel: number) => number;

/** The dot product of a row of weights with the values of a window, one after the other. */
type Dot = (weights: Float64Array, start: number, values: Float64Array) => number;

/** f32 arithmetic: a rounding after every operation. */
const dotFloat: Dot = (weights, start, values) => {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum = Math.fround(sum + Math.fround(weights[start + at]! * values[at]!));
  return sum;
};

/** Integers are exact. */
const dotInteger: Dot = (weights, start, values) => {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += weights[start + at]! * values[at]!;
  return sum;
};

const dotOf = (step: Conv1dStep | DepthwiseConv1dStep): Dot => (step.accumulator === 'f32' ? dotFloat : dotInteger);

function weightValues(step: Conv1dStep | DepthwiseConv1dStep, columns: number): Float64Array {
  return Float64Array.from(step.weights.bits === 32 ? step.weights.values : integerWeights(step.weights, columns));
}

const ACCUMULATE: { readonly [Op in StepOp]: (step: Extract<Step, { readonly op: Op }>) => Accumulate } = {
  /** Channels outside, taps inside. */
  conv1d(step) {
    const { kernel, dilation } = step.window;
    const window = new Float64Array(step.inputChannels * kernel);
    const weights = weightValues(step, window.length);
    const dot = dotOf(step);
    return (x, column) => {
      for (let input = 0; input < step.inputChannels; input++) {
        for (let tap = 0; tap < kernel; tap++) window[input * kernel + tap] = x.at(input, column + tap * dilation);
      }
      return (channel) => dot(weights, channel * window.length, window);
    };
  },
  'depthwise-conv1d'(step) {
    const { kernel, dilation } = step.window;
    const window = new Float64Array(kernel);
    const weights = weightValues(step, kernel);
    const dot = dotOf(step);
    return (x, column) => (channel) => {
      for (let tap = 0; tap < kernel; tap++) window[tap] = x.at(channel, column + tap * dilation);
      return dot(weights, channel * kernel, window);
    };
  },
  /** Integers: the sum. Floats: the sum divided by the window. */
  'mean-pool'(step: MeanPoolStep) {
    const { kernel } = step.window;
    const isFloat = step.accumulator === 'f32';
    return (x, column) => (channel) => {
      let sum = 0;
      for (let tap = 0; tap < kernel; tap++) sum = isFloat ? Math.fround(sum + x.at(channel, column + tap)) : sum + x.at(channel, column + tap);
      return isFloat ? Math.fround(sum / kernel) : sum;
    };
  },
  pass: (_: PassStep) => (x, column) => (channel) => x.at(channel, column),
};

/** The accumulator rule of a step. */
export function accumulateOf(step: Step): Accumulate {
  return (ACCUMULATE[step.op] as (step: Step) => Accumulate)(step);
}
