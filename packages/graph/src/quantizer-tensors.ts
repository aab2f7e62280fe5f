/**
 * What quantizers have beside the weights, mostly learned: one row a quantizer, one entry a tensor. A layer owns the tensors of both its tags while it is
 * trained; freezing turns most of them into integers, factors and a bias, and only what the deployed layer needs stays.
 *
 * Shapes count planes: channels of one dimension, or what a two-dimensional layer has per row. Formulas live where training happens.
 */
import type { QuantizerTag } from './tag.ts';

/** What the shapes of a quantizer's tensors depend on. */
export interface LayerReach {
  /** Planes that the layer reads. */
  readonly inputs: number;
  /** Planes that the layer writes. */
  readonly outputs: number;
  /** What one output reads: all planes of one frame, all planes of a window, or one plane of a window. */
  readonly reads: 'frame' | 'window' | 'plane';
}

/** One tensor of a quantizer. */
export interface QuantizerTensor {
  /** Unique in a layer, so roles of weights and of activations differ. */
  readonly role: string;
  /** `null` where a layer of this reach has none. */
  readonly shape: (reach: LayerReach) => readonly number[] | null;
  /** Changed by the optimiser; a running statistic is not. */
  readonly trainable: boolean;
  /** What freezing does: `kept` as it is, folded into the layer's `bias`, or `dropped` because integers and factors hold it. */
  readonly frozen: 'kept' | 'bias' | 'dropped';
}

const perInput = (role: string, frozen: QuantizerTensor['frozen']): QuantizerTensor => ({ role, shape: ({ inputs }) => [inputs], trainable: true, frozen });
/** A scale per output, which freezing takes as the factor of the weights. */
const WEIGHT_SCALE: QuantizerTensor = { role: 'weight-scale', shape: ({ outputs }) => [outputs], trainable: true, frozen: 'dropped' };
/** The slope of a learning propagation binarizer (LPB): it shapes gradients only. */
const slope = (role: string): QuantizerTensor => ({ role, shape: () => [1], trainable: true, frozen: 'dropped' });

const LPB = [slope('weight-alpha')];
const DUAL_SCALE = [
  slope('activation-alpha-0'),
  slope('activation-alpha-1'),
  perInput('theta-0', 'kept'),
  perInput('theta-1', 'kept'),
  perInput('theta-2', 'bias'),
];
/** The scale of the second term where it cannot be taken from the frame at hand. */
const RESIDUAL_SCALE: QuantizerTensor = {
  role: 'residual-scale',
  shape: ({ inputs, reads }) => ({ frame: null, window: [1], plane: [inputs] })[reads],
  trainable: false,
  frozen: 'kept',
};

/** Quantizers that have tensors; all others are absent. */
export const QUANTIZER_TENSORS: Readonly<Record<string, readonly QuantizerTensor[]>> = {
  /** BiFSMNv2 (Qin et al. 2023), weights; `released` as in the authors' code, for comparison. */
  lpb: LPB,
  'lpb-released': LPB,
  /** BiFSMNv2, activations: `sign(x - theta-0)` plus the scaled sign of what is left, minus `theta-2`; `faithful` with the scales of the authors' code. */
  'dual-scale': [...DUAL_SCALE, RESIDUAL_SCALE],
  'dual-scale-faithful': DUAL_SCALE,
  /** ReActNet (Liu et al. 2020), activations: `sign(x + activation-offset)`. */
  react: [perInput('activation-offset', 'kept')],
  /** XNOR-Net++ (Bulat & Tzimiropoulos 2019), weights, one scale per output: the form of the paper that folds and streams. */
  'xnor-plus-plus': [WEIGHT_SCALE],
  /** ReCU (Xu et al. 2021), weights. */
  recu: [WEIGHT_SCALE],
};

/** The tensors of a tag; none for float and for quantizers without any. */
export function quantizerTensors(tag: QuantizerTag | null): readonly QuantizerTensor[] {
  return tag !== null && Object.hasOwn(QUANTIZER_TENSORS, tag.name) ? QUANTIZER_TENSORS[tag.name]! : [];
}
