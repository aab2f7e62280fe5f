/** Audio front ends: the integer one that is deployed, and the float conventions of the literature. */
export type { Backend } from './backend.ts';
export { FEATURE_ERRORS, FeatureError, type FeatureErrorCode } from './errors.ts';
export { type FloatFeatures, floatFeatures } from './float/features.ts';
export type { Cepstrum, FloatCompression, FloatFrontEnd, Placement } from './float/front-end.ts';
export { type PresetName, PRESETS } from './float/presets.ts';
export { type PowerSpectrum, powerSpectrum } from './fft/power-spectrum.ts';
export { centreFrames, clipPictures, spec98x40Clip } from './integer/clip.ts';
export { checkFeatureConfig } from './integer/check-config.ts';
export {
  type Compression,
  type FeatureConfig,
  frameCount,
  type LogMelConfig,
  type MfccConfig,
  MFCC98X13,
  SPEC98X40,
  type SpectralConfig,
  valuesPerFrame,
} from './integer/config.ts';
export { clipFeatures, type IntegerFeatures, integerFeatures, type IntegerFrontEnd, integerFrontEnd } from './integer/front-end.ts';
export { type FrontEndTables, frontEndTables } from './integer/tables.ts';
