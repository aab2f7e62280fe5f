/** What `conv1d`, `depthwise-conv1d` and `linear` share: the factor of frozen weights and the bias become the affine map of a new stage. */
import type { Window } from '@bitvox/graph';
import type { Fusion } from '../lower/stage.ts';
import type { NodeOf } from './index.ts';

type WeightedNode = NodeOf<'conv1d'> | NodeOf<'depthwise-conv1d'> | NodeOf<'linear'>;

/** Opens the stage of a layer that multiplies. */
export function openWeighted(fusion: Fusion, node: WeightedNode, op: 'conv1d' | 'depthwise-conv1d', window: Window): void {
  const weights = { tensor: fusion.tensor(node, 'weight'), activations: node.attributes.activations };
  const stage = fusion.open(node, op, fusion.inputOf(node), { window, weights });
  // Without a factor of its own the layer's batch norm holds it.
  if (weights.tensor.type !== 'f32' && fusion.has(node, 'scale')) {
    stage.affine = true;
    stage.multiplier.set(fusion.floats(node, 'scale'));
  }
  if (fusion.has(node, 'bias')) {
    stage.affine = true;
    stage.offset.set(fusion.floats(node, 'bias'));
  }
}
