/**
 * `batch-norm`: never executed; folds into the affine map of a stage. Frozen it is `y = g x + b`; as training keeps it,
 * `y = g x + (beta - g mean)` with `g = gamma / sqrt(variance + epsilon)`. Rows of a plane share `g` and `b`.
 */
import type { FuseRule } from './index.ts';

export const batchNorm: FuseRule<'batch-norm'> = (fusion, node) => {
  const { gains, offsets } = fusion.has(node, 'multiplier')
    ? { gains: fusion.floats(node, 'multiplier'), offsets: fusion.floats(node, 'offset') }
    : trained(fusion, node);
  const stage = fusion.affineTarget(node);
  stage.affine = true;
  for (let channel = 0; channel < stage.channels; channel++) {
    const plane = Math.floor(channel / node.attributes.height);
    stage.multiplier[channel]! *= gains[plane]!;
    stage.offset[channel] = stage.offset[channel]! * gains[plane]! + offsets[plane]!;
  }
};

/** The map of a batch norm that has not been frozen. */
function trained(...[fusion, node]: Parameters<FuseRule<'batch-norm'>>): { readonly gains: Float64Array; readonly offsets: Float64Array } {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((role) => fusion.floats(node, role)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const gains = Float64Array.from(gamma, (value, plane) => value / Math.sqrt(variance[plane]! + node.attributes.epsilon));
  return { gains, offsets: gains.map((gain, plane) => beta[plane]! - mean[plane]! * gain) };
}
