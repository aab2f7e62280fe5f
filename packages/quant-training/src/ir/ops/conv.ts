/**
 * Convolution (cross-correlation) over `[height, time]` with stride, dilation, groups and four paddings, and its two gradients:
 * `y[o, b, p, q] = sum over i, r, s of x[i, b, p * strideH + r * dilationH - top, q * strideT + s * dilationT - left] * w[o, i', r, s]`.
 * All three are the one sum over taps read in three directions, so each is the gradient of the others; padded taps contribute nothing.
 */
import type { OpDefinition } from '../definition.ts';
import { checkShape, formatShape, sameShape, type Shape, shapeError, sizeOf } from '../shape.ts';
import type { ConvAttributes, Value } from '../types.ts';
import { createValue } from '../value.ts';

/** Window geometry with the usual defaults: stride 1, dilation 1, no padding, one group. */
export type ConvOptions = Partial<ConvAttributes>;

function completeAttributes(options: ConvOptions): ConvAttributes {
  const { stride = [1, 1], dilation = [1, 1], padding = [0, 0, 0, 0], groups = 1 } = options;
  checkShape('conv stride, dilation and groups', [...stride, ...dilation, groups]);
  if (!padding.every((count) => Number.isSafeInteger(count) && count >= 0))
    shapeError('conv', `got padding ${formatShape(padding)}, wanted counts of at least 0`);
  return { stride, dilation, padding, groups };
}

function convolvedShape(x: Shape, w: Shape, { stride, dilation, padding, groups }: ConvAttributes): Shape {
  if (x.length !== 4) shapeError('conv', `got input ${formatShape(x)}, wanted [channel, batch, height, time]`);
  if (w.length !== 4) shapeError('conv', `got weight ${formatShape(w)}, wanted [out, in / groups, height, time]`);
  const [channels, batch, height, time] = x as [number, number, number, number];
  const [outputs, depth, kernelHeight, kernelTime] = w as [number, number, number, number];
  if (depth * groups !== channels || outputs % groups !== 0) {
    shapeError(
      'conv',
      `got weight ${formatShape(w)} and input ${formatShape(x)} with ${groups} groups, wanted ${channels} / groups inputs and a multiple of groups outputs`,
    );
  }
  const length = (size: number, kernel: number, axis: 0 | 1): number =>
    Math.floor((size + padding[2 * axis]! + padding[2 * axis + 1]! - dilation[axis] * (kernel - 1) - 1) / stride[axis]) + 1;
  const result = [outputs, batch, length(height, kernelHeight, 0), length(time, kernelTime, 1)];
  if (result[2]! < 1 || result[3]! < 1)
    shapeError('conv', `got input ${formatShape(x)}, which with its padding is shorter than the window of ${formatShape(w)}`);
  return result;
}

/** x `[ci, b, h, t]`, w `[co, ci / groups, kh, kt]` -> `[co, b, ho, to]`. */
export function conv(x: Value, w: Value, options: ConvOptions = {}): Value<'conv'> {
  const attributes = completeAttributes(options);
  return createValue('conv', [x, w], attributes, convolvedShape(x.shape, w.shape, attributes));
}

/** The gradient of the input of a convolution: upstream `[co, b, ho, to]`, w -> `inputShape`. */
export function convInputGradient(upstream: Value, w: Value, attributes: ConvAttributes, inputShape: Shape): Value<'conv-input-gradient'> {
  const wanted = convolvedShape(inputShape, w.shape, attributes);
  if (!sameShape(wanted, upstream.shape)) shapeError('conv-input-gradient', `got upstream ${formatShape(upstream.shape)}, wanted ${formatShape(wanted)}`);
  const { stride, dilation, padding, groups } = attributes;
  return createValue('conv-input-gradient', [upstream, w], { stride, dilation, padding, groups, inputShape: [...inputShape] }, [...inputShape]);
}

/** The gradient of the weight of a convolution: x, upstream `[co, b, ho, to]` -> `[co, ci / groups, ...kernel]`. */
export function convWeightGradient(x: Value, upstream: Value, attributes: ConvAttributes, kernel: readonly [number, number]): Value<'conv-weight-gradient'> {
  const { stride, dilation, padding, groups } = attributes;
  const shape = [upstream.shape[0]!, x.shape[0]! / groups, ...kernel];
  const wanted = convolvedShape(x.shape, shape, attributes);
  if (!sameShape(wanted, upstream.shape)) shapeError('conv-weight-gradient', `got upstream ${formatShape(upstream.shape)}, wanted ${formatShape(wanted)}`);
  return createValue('conv-weight-gradient', [x, upstream], { stride, dilation, padding, groups, kernel }, shape);
}

/** Visits every product of the sum above by its three linear indices. */
function visitTaps(x: Shape, w: Shape, y: Shape, attributes: ConvAttributes, visit: (x: number, w: number, y: number) => void): void {
  const { stride, dilation, padding, groups } = attributes;
  const [, batch, height, time] = x as [number, number, number, number];
  const [outputs, depth, kernelHeight, kernelTime] = w as [number, number, number, number];
  const [, , rows, columns] = y as [number, number, number, number];
  let yIndex = 0;
  for (let output = 0; output < outputs; output++) {
    const firstInput = Math.floor(output / (outputs / groups)) * depth;
    for (let item = 0; item < batch; item++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, yIndex++) {
          for (let inner = 0; inner < depth; inner++) {
            for (let tapRow = 0; tapRow < kernelHeight; tapRow++) {
              const h = row * stride[0] + tapRow * dilation[0] - padding[0];
              if (h < 0 || h >= height) continue;
              for (let tap = 0; tap < kernelTime; tap++) {
                const t = column * stride[1] + tap * dilation[1] - padding[2];
                if (t < 0 || t >= time) continue;
                const wIndex = ((output * depth + inner) * kernelHeight + tapRow) * kernelTime + tap;
                visit((((firstInput + inner) * batch + item) * height + h) * time + t, wIndex, yIndex);
              }
            }
          }
        }
      }
    }
  }
}

const kernelOf = (w: Value): readonly [number, number] => [w.shape[2]!, w.shape[3]!];

export const convOp: OpDefinition<'conv'> = {
  gradient: (upstream, { inputs, attributes }) => {
    const [x, w] = inputs as [Value, Value];
    return [convInputGradient(upstream, w, attributes, x.shape), convWeightGradient(x, upstream, attributes, kernelOf(w))];
  },
  evaluate: ([x, w], { inputs, attributes, shape }) => {
    const y = new Float64Array(sizeOf(shape));
    visitTaps(inputs[0]!.shape, inputs[1]!.shape, shape, attributes, (xIndex, wIndex, yIndex) => {
      y[yIndex]! += x![xIndex]! * w![wIndex]!;
    });
    return y;
  },
};

export const convInputGradientOp: OpDefinition<'conv-input-gradient'> = {
  gradient: (upstream, { inputs, attributes }) => {
    const [dy, w] = inputs as [Value, Value];
    return [conv(upstream, w, attributes), convWeightGradient(upstream, dy, attributes, kernelOf(w))];
  },
  evaluate: ([dy, w], { inputs, attributes, shape }) => {
    const dx = new Float64Array(sizeOf(shape));
    visitTaps(shape, inputs[1]!.shape, inputs[0]!.shape, attributes, (xIndex, wIndex, yIndex) => {
      dx[xIndex]! += dy![yIndex]! * w![wIndex]!;
    });
    return dx;
  },
};

export const convWeightGradientOp: OpDefinition<'conv-weight-gradient'> = {
  gradient: (upstream, { inputs, attributes }) => {
    const [x, dy] = inputs as [Value, Value];
    return [convInputGradient(dy, upstream, attributes, x.shape), conv(x, upstream, attributes)];
  },
  evaluate: ([x, dy], { inputs, attributes, shape }) => {
    const dw = new Float64Array(sizeOf(shape));
    visitTaps(inputs[0]!.shape, shape, inputs[1]!.shape, attributes, (xIndex, wIndex, yIndex) => {
      dw[wIndex]! += x![xIndex]! * dy![yIndex]!;
    });
    return dw;
  },
};
