/**
 * `conv2d`: dense convolution over rows and time. A plane of `height` rows lies in consecutive channels, channel = plane * height + row, so
 * that `[planes, height, frames]` and `[planes * height, frames]` are the same numbers and nothing has to be reshaped:
 *
 *     y[o][r][t] = bias[o] + sum_{i,j,k} w[o][i][j][k] x[i][r * strideRows + j - top][t * strideFrames + k - left]
 *
 * Weight shape `[output planes, input planes, kernel rows, kernel frames]`. It streams along time as `conv1d` does.
 */
import { AttributeReader } from '../attributes.ts';
import { GraphError } from '../errors.ts';
import { LIMITS, type OpDefinition } from './definition.ts';
import { layerRules, PADDED_LAYER_DEFAULTS, type PaddedLayerAttributes, readPaddedLayer } from './layer.ts';
import { type Window, windowFrames, windowStream } from './window.ts';

/** Attributes of `conv2d`. */
export interface Conv2dAttributes extends PaddedLayerAttributes {
  /** Output planes. */
  readonly channels: number;
  /** Rows of the input. */
  readonly height: number;
  /** Rows and frames of the window. */
  readonly kernel: readonly [rows: number, frames: number];
  readonly stride: readonly [rows: number, frames: number];
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
}

type Geometry = Pick<Conv2dAttributes, 'height' | 'kernel' | 'stride' | 'padding'>;

/** The window of a `conv2d` over time, as `conv1d` has it. */
export function timeWindow({ kernel, stride, padding }: Geometry): Window {
  return { kernel: kernel[1], stride: stride[1], dilation: 1, padding: [padding[2], padding[3]] };
}

/** The window of a `conv2d` over rows. */
export function rowWindow({ kernel, stride, padding }: Geometry): Window {
  return { kernel: kernel[0], stride: stride[0], dilation: 1, padding: [padding[0], padding[1]] };
}

/** Rows that come out of a `conv2d`. */
export function outputRows(attributes: Geometry): number {
  return windowFrames(attributes.height, rowWindow(attributes), 'conv2d');
}

export const conv2d: OpDefinition<Conv2dAttributes> = {
  arity: 1,
  defaults: { stride: [1, 1], padding: [0, 0, 0, 0], ...PADDED_LAYER_DEFAULTS },
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const [kernel, stride] = [reader.tuple('kernel', 2, 1, LIMITS.kernel), reader.tuple('stride', 2, 1, LIMITS.stride)];
    const padding = reader.tuple('padding', 4, 0, LIMITS.kernel);
    if (padding.some((size, side) => size >= kernel[side >> 1]!))
      reader.fail('padding', `less than the kernel of ${kernel.join(' x ')} on every side`, padding);
    const attributes: Conv2dAttributes = {
      channels: reader.integer('channels', 1, LIMITS.channels),
      height: reader.integer('height', 1, LIMITS.channels),
      kernel,
      stride,
      padding,
      ...readPaddedLayer(reader, node),
    };
    reader.end();
    return attributes;
  },
  shape([x], attributes, node) {
    const { channels, height } = attributes;
    if (x!.channels % height !== 0) throw new GraphError('GRAPH_SHAPE', `${x!.channels} channels are not whole planes of ${height} rows.`, node);
    const rows = windowFrames(height, rowWindow(attributes), node);
    if (channels * rows > LIMITS.channels)
      throw new GraphError('GRAPH_SHAPE', `${channels} planes of ${rows} rows are more than ${LIMITS.channels} channels.`, node);
    return { channels: channels * rows, frames: windowFrames(x!.frames, timeWindow(attributes), node) };
  },
  ...layerRules((x, { channels, height, kernel }) => [channels, x.channels / height, ...kernel]),
  stream: (inputs, attributes) => windowStream(inputs, timeWindow(attributes)),
};
