/**
 * Which quantizers a layer gets for a width in bits. First and last layers stay at 8 bits, as in every paper on binary networks
 * since XNOR-Net: they hold few weights and lose most.
 */
import type { QuantizerTag } from '@bitvox/graph';

/** Widths a network can be asked for: float, 8-bit, or 1-bit inside. */
export type NetworkBits = 32 | 8 | 1;

/** Quantizer tags of one layer. */
export interface LayerPrecision {
  readonly weights: QuantizerTag | null;
  readonly activations: QuantizerTag | null;
}

/** Real values of the network input: `(pixel - 128) / 64` lies in [-2, 2). */
export const INPUT_SCALE = 2 ** -6;

const FLOAT: LayerPrecision = { weights: null, activations: null };

/** 8-bit weights, and activations clipped to `[-range, range)`. */
export function eightBit(range: number): LayerPrecision {
  return { weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range } };
}

/** Layers inside the network. `range` is where 8-bit activations are clipped. */
export function innerPrecision(bits: NetworkBits, range = 8): LayerPrecision {
  if (bits === 32) return FLOAT;
  if (bits === 8) return eightBit(range);
  return { weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } };
}

/** The first layer reads the 8-bit frames of the front end as they are. */
export function firstPrecision(bits: NetworkBits): LayerPrecision {
  return bits === 32 ? FLOAT : eightBit(128 * INPUT_SCALE);
}

/** The last layer reads normalised values. */
export function lastPrecision(bits: NetworkBits): LayerPrecision {
  return bits === 32 ? FLOAT : eightBit(4);
}
