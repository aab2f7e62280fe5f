/** What the layers that multiply share: the factor of frozen weights and the bias become the affine map of a new stage. */
import type { Window } from '@bitvox/graph';
import type { Fusion } from '../lower/stage.ts';
import { readSplit } from '../lower/two-terms.ts';
import type { PlaneRows } from '../program.ts';
import type { NodeOf } from './index.ts';

/** A node with weights. */
export type WeightedNode = NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'depthwise-conv1d'> | NodeOf<'linear'>;

/** Opens the stage of a layer that multiplies. */
export function openWeighted(
  fusion: Fusion,
  node: WeightedNode,
  op: 'conv1d' | 'conv2d' | 'depthwise-conv1d',
  window: Window,
  rows: PlaneRows | null = null,
): void {
  const { activations } = node.attributes;
  const tensor = fusion.tensor(node, 'weight');
  const offset = fusion.has(node, 'activation-offset') ? fusion.floats(node, 'activation-offset') : null;
  const padding = 'paddingValue' in node.attributes ? node.attributes.paddingValue : 'zero';
  const input = fusion.inputOf(node);
  const split = activations?.terms === 2 ? readSplit(fusion, node, input.channels, window.stride) : null;
  const stage = fusion.open(node, op, input, { window, weights: { tensor, activations, offset, padding, split, rows } });
  const height = rows?.output ?? 1;
  const spread = (role: string, into: Float64Array): void => {
    stage.affine = true;
    const values = fusion.floats(node, role);
    into.forEach((_, channel) => (into[channel] = values[Math.floor(channel / height)]!));
  };
  // Without a factor of its own the layer's batch norm holds it.
  if (tensor.type !== 'f32' && fusion.has(node, 'scale')) spread('scale', stage.multiplier);
  if (fusion.has(node, 'bias')) spread('bias', stage.offset);
}
