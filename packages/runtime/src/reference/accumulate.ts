/** Accumulators, one at a time: the definition of every kind of step. Complete over the closed union of steps by type. */
import { integerWeights } from '../lower/weights.ts';
import type { Conv1dStep, Conv2dStep, DepthwiseConv1dStep, MeanPoolStep, PassStep, Step, StepOp, TwoTerms } from '../program.ts';

type WeightedStep = Conv1dStep | Conv2dStep | DepthwiseConv1dStep;

/** A readable row buffer: element of a channel in a column; `bit` is -1 or +1 here. */
export interface Rows {
  at(channel: number, column: number): number;
}

/** For the window whose first tap is in `column`: gives the accumulator of an output channel. `factor` reads that of the second term. */
export type Accumulate = (x: Rows, column: number, factor: () => number) => (channel: number) => number;

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

const dotOf = (step: WeightedStep): Dot => (step.accumulator === 'f32' ? dotFloat : dotInteger);

function weightValues(step: WeightedStep, columns: number): Float64Array {
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
  /** Planes outside, then rows, taps inside; the window of one output row serves all planes. */
  conv2d(step) {
    const { kernel } = step.window;
    const { rows } = step;
    const planes = step.inputChannels / rows.input;
    const window = new Float64Array(planes * rows.kernel * kernel);
    const weights = weightValues(step, window.length);
    const dot = dotOf(step);
    return (x, column) => (channel) => {
      const top = (channel % rows.output) * rows.stride - rows.top;
      for (let at = 0; at < window.length; at++) {
        const row = top + (Math.floor(at / kernel) % rows.kernel);
        const plane = Math.floor(at / (kernel * rows.kernel));
        window[at] = row < 0 || row >= rows.input ? 0 : x.at(plane * rows.input + row, column + (at % kernel));
      }
      return dot(weights, Math.floor(channel / rows.output) * window.length, window);
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

/** The accumulator rule of a step whose input is one term. */
function accumulateOne(step: Step): Accumulate {
  return (ACCUMULATE[step.op] as (step: Step) => Accumulate)(step);
}

/** `z1` and `z2` from the two halves of the input's rows, then `(one z1 + q z2) >> shift`. */
function accumulateTwo(step: Step, { one, shift, scale }: TwoTerms): Accumulate {
  const [first, second] = [accumulateOne(step), accumulateOne(step)];
  return (x, column, factor) => {
    const z1 = first(x, column, factor);
    const z2 = second({ at: (channel, at) => x.at(channel + step.inputChannels, at) }, column, factor);
    return (channel) => {
      const q = typeof scale === 'number' ? factor() : scale[channel]!;
      return (one * z1(channel) + q * z2(channel)) >> shift;
    };
  };
}

/** The accumulator rule of a step. */
export function accumulateOf(step: Step): Accumulate {
  return step.terms === null ? accumulateOne(step) : accumulateTwo(step, step.terms);
}
