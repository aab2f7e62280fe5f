/** The operations as one table over their closed union: forgetting one is a type error. */
import type { OpDefinition } from '../definition.ts';
import type { OpName } from '../types.ts';
import { batchNormFixedOp, batchNormOp, batchStatisticsOp } from './batch-norm.ts';
import { batchNormGradientOp, batchNormSumsOp } from './batch-norm-gradient.ts';
import { binaryOps } from './binary.ts';
import { concatOp } from './concat.ts';
import { convInputGradientOp, convOp, convWeightGradientOp } from './conv.ts';
import { customOp } from './custom.ts';
import { constantOp, inputOp, parameterOp, stateOp } from './leaf.ts';
import { logSoftmaxOp } from './log-softmax.ts';
import { matmulOp } from './matmul.ts';
import { maxPoolGradientOp, maxPoolOp } from './max-pool.ts';
import { reduceMaximumOp } from './reduce-maximum.ts';
import { reshapeOp } from './reshape.ts';
import { padOp, sliceOp } from './slice.ts';
import { broadcastOp, sumOp } from './sum.ts';
import { transposeOp } from './transpose.ts';
import { unaryOps } from './unary.ts';
import { whereOp } from './where.ts';

/** Gradient and reference of every operation. */
export const OPS: { readonly [Name in OpName]: OpDefinition<Name> } = {
  ...unaryOps,
  ...binaryOps,
  parameter: parameterOp,
  state: stateOp,
  input: inputOp,
  constant: constantOp,
  where: whereOp,
  matmul: matmulOp,
  conv: convOp,
  'conv-input-gradient': convInputGradientOp,
  'conv-weight-gradient': convWeightGradientOp,
  sum: sumOp,
  'reduce-maximum': reduceMaximumOp,
  broadcast: broadcastOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  slice: sliceOp,
  pad: padOp,
  concat: concatOp,
  'max-pool': maxPoolOp,
  'max-pool-gradient': maxPoolGradientOp,
  'log-softmax': logSoftmaxOp,
  'batch-statistics': batchStatisticsOp,
  'batch-norm': batchNormOp,
  'batch-norm-fixed': batchNormFixedOp,
  'batch-norm-sums': batchNormSumsOp,
  'batch-norm-gradient': batchNormGradientOp,
  custom: customOp,
};

/** The definition of an operation, for code that treats all operations alike. */
export function definitionOf(op: OpName): OpDefinition<OpName> {
  return OPS[op] as OpDefinition<OpName>;
}
