/** The sliding window over time that convolutions share: attributes, frame count, streaming rule. */
import type { AttributeReader } from '../attributes.ts';
import { GraphError } from '../errors.ts';
import { LIMITS, type StreamInfo, type StreamRule } from './definition.ts';

/** Window geometry over time. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Frames of padding at the left (past) and at the right (future). */
  readonly padding: readonly [number, number];
}

export const WINDOW_DEFAULTS = { stride: 1, dilation: 1, padding: [0, 0] } as const;

/** Reads the four attributes of a window. */
export function readWindow(reader: AttributeReader): Window {
  const kernel = reader.integer('kernel', 1, LIMITS.kernel);
  const stride = reader.integer('stride', 1, LIMITS.stride);
  const dilation = reader.integer('dilation', 1, LIMITS.dilation);
  const padding = reader.tuple('padding', 2, 0, LIMITS.kernel * LIMITS.dilation);
  const span = (kernel - 1) * dilation;
  if (padding[0] > span || padding[1] > span) reader.fail('padding', `at most the ${span} frames that the window reaches`, padding);
  return { kernel, stride, dilation, padding };
}

/** Frames that come out of `frames` frames: `floor((frames + left + right - span) / stride)` with `span = (kernel - 1) dilation + 1`, plus 1. */
export function windowFrames(frames: number, window: Window, node: string): number {
  const span = (window.kernel - 1) * window.dilation + 1;
  const padded = frames + window.padding[0] + window.padding[1];
  if (padded < span) throw new GraphError('GRAPH_SHAPE', `a window of ${span} frames does not fit into ${padded} (padded) frames.`, node);
  return Math.floor((padded - span) / window.stride) + 1;
}

/** Output frame `t` needs input frames `t * stride - left` to `t * stride - left + span - 1`. */
export function windowStream(inputs: readonly StreamInfo[], window: Window): StreamRule {
  const [input] = inputs as readonly [StreamInfo];
  const reach = (window.kernel - 1) * window.dilation;
  return {
    hop: input.hop * window.stride,
    delay: input.delay + (reach - window.padding[0]) * input.hop,
    receptiveField: input.receptiveField + reach * input.hop,
    history: reach,
  };
}
