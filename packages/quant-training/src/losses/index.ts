/** Losses: functions from values to a value with one element. */
export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
export { distillation } from './distillation.ts';
export { meanSquaredError, normalisedSquaredDistance } from './distance.ts';
export { frequencyIndependent, highFrequencyEnhancement, highPass, lowPass } from './frequency.ts';
