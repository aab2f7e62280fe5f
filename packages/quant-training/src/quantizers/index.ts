/** The quantizers by name: one table for what layers read, one for their weights, both closed. */
import { TrainingError } from '../errors.ts';
import { dorefa } from './dorefa.ts';
import { dualScale, dualScaleFaithful } from './dual-scale.ts';
import { fda, fdaSign } from './fda.ts';
import { int8 } from './int8.ts';
import { int8Weights } from './int8-weights.ts';
import { lpb, lpbReleased } from './lpb.ts';
import type { ActivationQuantizer, QuantizerSettings, WeightQuantizer } from './quantizer.ts';
import { recu, recuSign } from './recu.ts';
import { approxSign, react, sign, xnorSign } from './sign.ts';
import { xnorPlusPlus, signWeights } from './sign-weights.ts';
import { ternary } from './ternary.ts';
import { xnor, xnorCentred, xnorCentredReleased } from './xnor.ts';

export {
  type ActivationQuantizer,
  type FrozenWeights,
  quantize,
  type Quantizer,
  type QuantizerSettings,
  type QuantizerTensors,
  type WeightQuantizer,
} from './quantizer.ts';
export { quantizerCurve, type QuantizerCurve } from './curve.ts';
export { approxSign, dorefa, dualScale, dualScaleFaithful, fda, fdaSign, int8, int8Weights, lpb, lpbReleased, react, recu, recuSign };
export { sign, xnorPlusPlus, signWeights, ternary, xnor, xnorCentred, xnorCentredReleased, xnorSign };

/** Makers of activation quantizers by name. */
export const ACTIVATION_QUANTIZERS = {
  sign,
  'approx-sign': approxSign,
  react: react,
  'xnor-sign': xnorSign,
  'recu-sign': recuSign,
  'fda-sign': fdaSign,
  'dual-scale': dualScale,
  'dual-scale-faithful': dualScaleFaithful,
  int8,
} as const satisfies Readonly<Record<string, (settings: QuantizerSettings) => ActivationQuantizer>>;

/** Makers of weight quantizers by name. */
export const WEIGHT_QUANTIZERS = {
  'sign-weights': signWeights,
  'xnor-plus-plus': xnorPlusPlus,
  xnor,
  'xnor-centred': xnorCentred,
  'xnor-centred-released': xnorCentredReleased,
  dorefa,
  recu,
  fda,
  lpb,
  'lpb-released': lpbReleased,
  ternary,
  'int8-weights': int8Weights,
} as const satisfies Readonly<Record<string, (settings: QuantizerSettings) => WeightQuantizer>>;

/** Names of the quantizers of activations. */
export type ActivationQuantizerName = keyof typeof ACTIVATION_QUANTIZERS;
/** Names of the quantizers of weights. */
export type WeightQuantizerName = keyof typeof WEIGHT_QUANTIZERS;
/** Names of all quantizers. */
export type QuantizerName = ActivationQuantizerName | WeightQuantizerName;

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
