/**
 * What the layers that multiply share: quantizer tags, bias, the rule for padded taps, their tensors and their cost.
 * Frozen, a layer keeps its weight, a bias where there is something for one, and what `quantizer-tensors` says is kept.
 */
import type { AttributeReader } from '../attributes.ts';
import { type LayerReach, type QuantizerTensor, quantizerTensors } from '../quantizer-tensors.ts';
import { type QuantizerTag, readTag } from '../tag.ts';
import { bitsOf, type OpDefinition, type Shape, type TensorSpec } from './definition.ts';

/** Attributes of every layer with weights. */
export interface LayerAttributes {
  readonly bias: boolean;
  /** Quantizer of the weights; `null` is float. */
  readonly weights: QuantizerTag | null;
  /** Quantizer of the input; `null` is float. */
  readonly activations: QuantizerTag | null;
}

/** What padded taps are: `zero` contributes nothing at any width, `quantized` is what the quantizer of the activations makes of 0. */
export const PADDING_VALUES = ['zero', 'quantized'] as const;

/** Attributes of layers that may be padded. */
export interface PaddedLayerAttributes extends LayerAttributes {
  readonly paddingValue: (typeof PADDING_VALUES)[number];
}

export const LAYER_DEFAULTS: LayerAttributes = { bias: false, weights: null, activations: null };
export const PADDED_LAYER_DEFAULTS: PaddedLayerAttributes = { ...LAYER_DEFAULTS, paddingValue: 'zero' };

export function readLayer(reader: AttributeReader, node: string): LayerAttributes {
  return {
    bias: reader.boolean('bias'),
    weights: readTag(reader.raw('weights'), node, 'weights'),
    activations: readTag(reader.raw('activations'), node, 'activations'),
  };
}

export function readPaddedLayer(reader: AttributeReader, node: string): PaddedLayerAttributes {
  return { ...readLayer(reader, node), paddingValue: reader.oneOf('paddingValue', PADDING_VALUES) };
}

function learnedTensors(learned: readonly QuantizerTensor[], reach: LayerReach): TensorSpec[] {
  return learned.flatMap(({ role, shape: shapeIn, trainable, frozen }) => {
    const shape = shapeIn(reach);
    return shape === null ? [] : [{ role, shape, trainable, bits: 32 as const, ...(frozen === 'kept' && { coarse: true as const }) }];
  });
}

/** Tensors and cost of a layer follow from the shape of its weight, `[output planes, input planes or 1, ...]`. */
export function layerRules<Attributes extends LayerAttributes>(
  weightShape: (input: Shape, attributes: Attributes) => readonly number[],
  { depthwise = false } = {},
): Pick<OpDefinition<Attributes>, 'tensors' | 'frozen' | 'cost'> {
  const tensors = ([x]: readonly Shape[], attributes: Attributes, isFrozen: boolean): TensorSpec[] => {
    const shape = weightShape(x!, attributes);
    const outputs = shape[0]!;
    const reads = depthwise ? 'plane' : shape.slice(2).some((taps) => taps > 1) ? 'window' : 'frame';
    const learned = [attributes.activations, attributes.weights].flatMap(quantizerTensors);
    const kept = isFrozen ? learned.filter(({ frozen }) => frozen === 'kept') : learned;
    const bias = attributes.bias || (isFrozen && learned.some(({ frozen }) => frozen === 'bias'));
    return [
      { role: 'weight', shape, trainable: true, bits: bitsOf(attributes.weights) },
      ...(bias ? [{ role: 'bias', shape: [outputs], trainable: true, bits: 32 as const }] : []),
      ...learnedTensors(kept, { inputs: depthwise ? outputs : shape[1]!, outputs, reads }),
    ];
  };
  return {
    tensors: (inputs, attributes) => tensors(inputs, attributes, false),
    // A layer with float weights is deployed as it was trained.
    frozen: (inputs, attributes) => tensors(inputs, attributes, attributes.weights !== null),
    cost([x], output, attributes) {
      const perOutput = weightShape(x!, attributes)
        .slice(1)
        .reduce((product, size) => product * size, 1);
      // Every term of a quantizer of activations is a product of its own.
      const macs = perOutput * output.channels * output.frames * (attributes.activations?.terms ?? 1);
      return { macs, weightBits: bitsOf(attributes.weights), activationBits: bitsOf(attributes.activations) };
    },
  };
}
