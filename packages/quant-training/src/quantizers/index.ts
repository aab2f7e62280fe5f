/** The quantizers by name: one table for what layers read, one for their weights, both closed. */
import { TrainingError } from '../errors.ts';
import { dorefa } from './dorefa.ts';
import { int8 } from './int8.ts';
import { int8Weights } from './int8-weights.ts';
import type { ActivationQuantizer, QuantizerSettings, WeightQuantizer } from './quantizer.ts';
import { approxSign, sign } from './sign.ts';
import { ternary } from './ternary.ts';
import { xnor, xnorCentred } from './xnor.ts';

export { type ActivationQuantizer, type FrozenWeights, quantize, type Quantizer, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';
export { approxSign, dorefa, int8, int8Weights, sign, ternary, xnor, xnorCentred };

/** Names of the quantizers of activations. */
export type ActivationQuantizerName = 'sign' | 'approx-sign' | 'int8';
/** Names of the quantizers of weights. */
export type WeightQuantizerName = 'xnor' | 'xnor-centred' | 'dorefa' | 'ternary' | 'int8-weights';
/** Names of all quantizers. */
export type QuantizerName = ActivationQuantizerName | WeightQuantizerName;

/** Makers of activation quantizers by name. */
export const ACTIVATION_QUANTIZERS: { readonly [Name in ActivationQuantizerName]: (settings: QuantizerSettings) => ActivationQuantizer } = {
  sign,
  'approx-sign': approxSign,
  int8,
};

/** Makers of weight quantizers by name. */
export const WEIGHT_QUANTIZERS: { readonly [Name in WeightQuantizerName]: (settings: QuantizerSettings) => WeightQuantizer } = {
  xnor,
  'xnor-centred': xnorCentred,
  dorefa,
  ternary,
  'int8-weights': int8Weights,
};

/** Makers of all quantizers by name. */
export const QUANTIZERS = { ...ACTIVATION_QUANTIZERS, ...WEIGHT_QUANTIZERS } as const;

function find<Made>(table: Readonly<Record<string, (settings: QuantizerSettings) => Made>>, role: string, name: string, settings: QuantizerSettings): Made {
  if (!Object.hasOwn(table, name)) {
    throw new TrainingError('TRAIN_QUANTIZER', `got ${role} quantizer "${name}", wanted one of ${Object.keys(table).join(', ')}`);
  }
  return table[name]!(settings);
}

/** The activation quantizer of this name. @throws `TRAIN_QUANTIZER` if there is none or the settings do not fit it. */
export function activationQuantizer(name: string, settings: QuantizerSettings): ActivationQuantizer {
  return find(ACTIVATION_QUANTIZERS, 'activation', name, settings);
}

/** The weight quantizer of this name. @throws `TRAIN_QUANTIZER` if there is none or the settings do not fit it. */
export function weightQuantizer(name: string, settings: QuantizerSettings): WeightQuantizer {
  return find(WEIGHT_QUANTIZERS, 'weight', name, settings);
}
