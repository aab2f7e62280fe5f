/** How every operation of a network graph becomes part of a step, as one table over their closed union: forgetting one is a type error. */
import type { OpName } from '@bitvox/graph';
import type { NetworkOp } from '../context.ts';
import { add } from './add.ts';
import { batchNorm } from './batch-norm.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv1d } from './depthwise-conv1d.ts';
import { dropout } from './dropout.ts';
import { input } from './input.ts';
import { linear } from './linear.ts';
import { meanPool } from './mean-pool.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { softmax } from './softmax.ts';

export const NETWORK_OPS: { readonly [Name in OpName]: NetworkOp<Name> } = {
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
