/** What layers with weights share: quantizers by tag, applied input first, and the bias. */
import type { Node, QuantizerTag } from '@bitvox/graph';
import { perChannel } from '../ir/compose.ts';
import { add } from '../ir/ops/binary.ts';
import type { Value } from '../ir/types.ts';
import { activationQuantizer, quantize, weightQuantizer } from '../quantizers/index.ts';
import type { NodeContext } from './context.ts';

/** A node with weights. */
type Layer = Node & { readonly attributes: { readonly bias: boolean; readonly weights: QuantizerTag | null; readonly activations: QuantizerTag | null } };

/** What the layer reads, quantised as its tag says. */
export function quantizeActivations({ attributes: { activations } }: Layer, x: Value): Value {
  return activations === null ? x : quantize(activationQuantizer(activations.name, activations), x);
}

/** The weights, quantised as the tag says. */
export function quantizeWeights({ attributes: { weights } }: Layer, weight: Value): Value {
  return weights === null ? weight : quantize(weightQuantizer(weights.name, weights), weight);
}

/** Adds the bias of every channel, if the layer has one. */
export function addBias({ attributes: { bias }, shape: { channels } }: Layer, product: Value, context: NodeContext): Value {
  return bias ? add(product, perChannel(context.parameter('bias', [channels]), product.shape.length)) : product;
}
