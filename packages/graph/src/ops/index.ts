/** The closed union of operations. Every package that treats operations has a table over it that the type checker forces to be complete. */
import { dropout, type DropoutAttributes, type NoAttributes, prelu, type PreluAttributes, relu, softmax } from './activation.ts';
import { add } from './add.ts';
import { batchNorm, type BatchNormAttributes } from './batch-norm.ts';
import { conv1d, type Conv1dAttributes } from './conv1d.ts';
import { conv2d, type Conv2dAttributes } from './conv2d.ts';
import type { OpDefinition } from './definition.ts';
import { depthwiseConv1d, type DepthwiseConv1dAttributes } from './depthwise-conv1d.ts';
import { input, type InputAttributes } from './input.ts';
import { linear, type LinearAttributes } from './linear.ts';
import { meanPool, type MeanPoolAttributes } from './mean-pool.ts';

/** Attributes by operation. */
export interface OpAttributes {
  readonly input: InputAttributes;
  readonly conv1d: Conv1dAttributes;
  readonly conv2d: Conv2dAttributes;
  readonly 'depthwise-conv1d': DepthwiseConv1dAttributes;
  readonly linear: LinearAttributes;
  readonly 'batch-norm': BatchNormAttributes;
  readonly relu: NoAttributes;
  readonly prelu: PreluAttributes;
  readonly add: NoAttributes;
  readonly 'mean-pool': MeanPoolAttributes;
  readonly dropout: DropoutAttributes;
  readonly softmax: NoAttributes;
}

/** The name of an operation. */
export type OpName = keyof OpAttributes;

/** The table of operations. */
export const OPS: { readonly [Name in OpName]: OpDefinition<OpAttributes[Name]> } = {
  input,
  conv1d,
  conv2d,
  'depthwise-conv1d': depthwiseConv1d,
  linear,
  'batch-norm': batchNorm,
  relu,
  prelu,
  add,
  'mean-pool': meanPool,
  dropout,
  softmax,
};
