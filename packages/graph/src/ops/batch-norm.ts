/**
 * `batch-norm`: `y[c] = gamma[c] (x[c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c]` (Ioffe & Szegedy 2015).
 * A frozen model keeps only `y = multiplier x + offset`, with the factors of quantised weights before it folded into the multiplier;
 * lowering turns that into a threshold, or into an integer multiplier and offset.
 */
import { AttributeReader } from '../attributes.ts';
import { framewise, NO_COST, type OpDefinition } from './definition.ts';

/** Attributes of `batch-norm`. */
export interface BatchNormAttributes {
  readonly epsilon: number;
  /** Weight of the newest batch in the running statistics. */
  readonly momentum: number;
}

export const batchNorm: OpDefinition<BatchNormAttributes> = {
  arity: 1,
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes = { epsilon: reader.number('epsilon', 1e-12, 1), momentum: reader.number('momentum', 0, 1) };
    reader.end();
    return attributes;
  },
  shape: ([x]) => x!,
  tensors: ([x]) =>
    (['gamma', 'beta', 'mean', 'variance'] as const).map((role) => ({ role, shape: [x!.channels], trainable: role === 'gamma' || role === 'beta', bits: 32 })),
  frozen: ([x]) => (['multiplier', 'offset'] as const).map((role) => ({ role, shape: [x!.channels], trainable: false, bits: 32 })),
  cost: () => NO_COST,
  stream: framewise,
};
