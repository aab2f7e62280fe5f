/**
 * `batch-norm`: `y[c] = gamma[c] (x[c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c]` (Ioffe & Szegedy 2015).
 * A frozen model keeps only `y = multiplier x + offset`, with factors and bias of quantised weights before it folded in;
 * lowering turns that into a threshold, or into an integer multiplier and offset.
 */
import { AttributeReader } from '../attributes.ts';
import { GraphError } from '../errors.ts';
import { framewise, LIMITS, NO_COST, type OpDefinition, type Shape, type TensorSpec } from './definition.ts';

/** Attributes of `batch-norm`. */
export interface BatchNormAttributes {
  readonly epsilon: number;
  /** Weight of the newest batch in the running statistics. */
  readonly momentum: number;
  /** Rows of a plane, `channels` a multiple of it: all rows share the plane's parameters. 1 where every channel is a plane. */
  readonly height: number;
}

const perPlane = (role: string, { channels }: Shape, height: number, trainable: boolean): TensorSpec => ({
  role,
  shape: [channels / height],
  trainable,
  bits: 32,
});

export const batchNorm: OpDefinition<BatchNormAttributes> = {
  arity: 1,
  defaults: { epsilon: 1e-5, momentum: 0.1, height: 1 },
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: BatchNormAttributes = {
      epsilon: reader.number('epsilon', 1e-12, 1),
      momentum: reader.number('momentum', 0, 1),
      height: reader.integer('height', 1, LIMITS.channels),
    };
    reader.end();
    return attributes;
  },
  shape([x], { height }, node) {
    if (x!.channels % height !== 0) throw new GraphError('GRAPH_SHAPE', `${x!.channels} channels are not whole planes of ${height} rows.`, node);
    return x!;
  },
  tensors: ([x], { height }) => [
    ...(['gamma', 'beta'] as const).map((role) => perPlane(role, x!, height, true)),
    ...(['mean', 'variance'] as const).map((role) => perPlane(role, x!, height, false)),
  ],
  frozen: ([x], { height }) => (['multiplier', 'offset'] as const).map((role) => perPlane(role, x!, height, false)),
  cost: () => NO_COST,
  stream: framewise,
};
