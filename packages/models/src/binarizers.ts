/**
 * The binarizers that BiFSMN and BiFSMNv2 compare, as quantizer tags of a layer inside the network. Formulas and sources of the quantizers
 * stand in quant-training; here is which weights go with which activations.
 */
import type { LayerPrecision } from './precision.ts';

/** Names of the quantizers of a layer. */
interface QuantizerNames {
  readonly activations: string;
  readonly weights: string;
}

/** What a binarizer does to the layers of a network. */
export interface Binarizer extends QuantizerNames {
  /** What is done to the linear layer instead: no batch norm follows it, so that its weights need a scale. */
  readonly linear?: Partial<QuantizerNames>;
  /** Binary terms of an activation. */
  readonly terms?: 2;
  /** What the memory sees beyond the ends of a clip: nothing, or a zero that has been binarized. */
  readonly padding?: 'zero' | 'quantized';
}

const scaled = { weights: 'xnor' } as const;

/** Binarizers by name. The `released` ones keep real weights in pointwise layers, as the authors' code does in effect; they are for comparison. */
export const BINARIZERS = {
  bifsmn: { activations: 'sign', weights: 'xnor-centred', linear: scaled },
  'bifsmn-v2': { activations: 'dual-scale', weights: 'lpb', terms: 2, padding: 'quantized' },
  'bifsmn-released': { activations: 'sign', weights: 'xnor-centred-released', linear: scaled },
  'bifsmn-v2-released': {
    activations: 'dual-scale-faithful',
    weights: 'lpb-released',
    linear: { activations: 'dual-scale', weights: 'lpb' },
    terms: 2,
    padding: 'quantized',
  },
  bnn: { activations: 'sign', weights: 'sign-weights', linear: scaled },
  dorefa: { activations: 'sign', weights: 'dorefa' },
  xnor: { activations: 'xnor-sign', weights: 'xnor' },
  'bi-real': { activations: 'approx-sign', weights: 'xnor' },
  react: { activations: 'react', weights: 'xnor' },
  'xnor-plus-plus': { activations: 'sign', weights: 'xnor-plus-plus', linear: scaled },
  recu: { activations: 'recu-sign', weights: 'recu', linear: scaled },
  fda: { activations: 'fda-sign', weights: 'fda' },
} as const satisfies Readonly<Record<string, Binarizer>>;

/** Name of a binarizer. */
export type BinarizerName = keyof typeof BINARIZERS;

/** The tags of a layer; `kind` is `linear` for the layer that works on single frames of the flattened front end. */
export function binaryPrecision(name: BinarizerName, kind: 'convolution' | 'linear'): LayerPrecision {
  const { linear, terms, ...names }: Binarizer = BINARIZERS[name];
  const { activations, weights } = kind === 'linear' ? { ...names, ...linear } : names;
  return { weights: { name: weights, bits: 1 }, activations: { name: activations, bits: 1, ...(terms && { terms }) } };
}

/** What the memory sees beyond the ends of a clip. */
export function memoryPadding(name: BinarizerName): 'zero' | 'quantized' {
  const { padding = 'zero' }: Binarizer = BINARIZERS[name];
  return padding;
}
